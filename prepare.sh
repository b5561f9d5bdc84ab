#!/bin/sh
# What `npm ci` does at its end: checks that the Node that came with it runs here, and builds.

# `npx troupe` links this folder into npm's cache the first time; what is built need not be built again.
[ "$npm_command" = exec ] && [ -f dist/troupe.js ] && exit 0

if ! problem=$(node -v 2>&1); then
  echo "The Node.js that this project brings does not run here: $(echo "$problem" | head -n 1)." >&2
  echo "On Debian and Ubuntu this helps: apt-get install libatomic1" >&2
  exit 1
fi
npm run -s build
