# Troupe as an image: docker build -t troupe . (docs/deploying.md)

FROM node:26 AS build
WORKDIR /opt/troupe
COPY . .
# LanceDB's optional packages for embeddings, which Troupe never loads, are half of what npm installs.
RUN npm ci \
  && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/@huggingface node_modules/onnxruntime-* node_modules/openai node_modules/sharp node_modules/@img

FROM node:26-slim
WORKDIR /app
COPY --from=build /opt/troupe/package.json /opt/troupe/package.json
COPY --from=build /opt/troupe/node_modules /opt/troupe/node_modules
COPY --from=build /opt/troupe/dist /opt/troupe/dist
COPY --from=build /opt/troupe/template /opt/troupe/template
RUN ln -s /opt/troupe/dist/troupe.js /usr/local/bin/troupe \
  && mkdir /data \
  && chown node:node /data

# All interfaces of the container, so TROUPE_TOKEN must be set; `docker run -p` chooses those of the machine.
ENV NODE_ENV=production TROUPE_HOST=0.0.0.0 TROUPE_DB=/data/troupe TROUPE_LOG_FORMAT=json
USER node
VOLUME /data
EXPOSE 7878

# Not /readyz: while a store fails the fleet waits, and a restart would not help it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.TROUPE_PORT ?? 7878) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["troupe"]
CMD ["start"]
