import { expect, test } from "vitest";
import { resolveClient } from "../../src/llm/model-client.ts";
import { findProxyFault, proxiesIn } from "../../src/llm/proxies.ts";

test("an address without a scheme is one of http, and exemptions stay as they are", () => {
  const env = {
    HTTPS_PROXY: " proxy:8080 ",
    http_proxy: "https://p",
    NO_PROXY: "a.example",
    X: "1",
  };
  const expected = {
    HTTPS_PROXY: "http://proxy:8080",
    http_proxy: "https://p",
    NO_PROXY: "a.example",
  };
  expect(proxiesIn(env)).toEqual(expected);
  expect(proxiesIn({ HTTP_PROXY: "" })).toEqual({ HTTP_PROXY: "" });
});

const socks = { https_proxy: "socks5://user:secret@box:1080" };

test.each([
  ["of another kind", socks, /^https_proxy must be .* got one with socks5:$/],
  ["that is no address", { HTTPS_PROXY: "http://" }, /^HTTPS_PROXY must be .* got no address$/],
  ["for requests of another kind", { HTTP_PROXY: "socks5://box" }, undefined],
  ["beside one in lower case", { HTTPS_PROXY: "x://", https_proxy: "http://box" }, undefined],
  ["with the host exempted", { ...socks, NO_PROXY: "b.c, a.example:443" }, undefined],
  ["with the host exempted in capitals", { ...socks, NO_PROXY: "A.Example" }, undefined],
  ["with its domain exempted", { ...socks, no_proxy: ".example" }, undefined],
  ["with all hosts exempted", { ...socks, no_proxy: "*" }, undefined],
  ["with an empty exemption", { ...socks, no_proxy: "" }, /^https_proxy/],
  ["that is empty", { HTTPS_PROXY: "" }, undefined],
])("a proxy %s", (_, proxies, expected) => {
  const fault = findProxyFault(new URL("https://a.example/v1"), proxies);
  if (expected === undefined) expect(fault).toBeUndefined();
  else expect(fault).toMatch(expected);
});

test.each(["::1", "[::1]", "[::1]:11434"])("an address of IPv6 is exempted by %s", (exempt) => {
  const proxies = { HTTP_PROXY: "socks5://box", NO_PROXY: exempt };
  expect(findProxyFault(new URL("http://[::1]:11434/v1"), proxies)).toBeUndefined();
});

test("a start with a proxy that cannot be used is refused, without the proxy's password", () => {
  const env = { OPENAI_API_KEY: "sk-one", ...socks };
  const resolve = () => resolveClient({ provider: "openai", concurrency: 1, env });
  expect(resolve).toThrow(
    expect.objectContaining({ code: "SETTING_INVALID", details: { setting: "https_proxy" } }),
  );
  expect(resolve).not.toThrow(/secret/);
});
