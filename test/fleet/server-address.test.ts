import { expect, test } from "vitest";
import { parseAddress } from "../../src/fleet/server-address.ts";

test.each([
  ["http://127.0.0.1:7878", "http://127.0.0.1:7878", undefined],
  ["http://127.0.0.1:7878/?token=abc", "http://127.0.0.1:7878", "abc"],
  ["https://example.com/troupe/", "https://example.com/troupe", undefined],
  ["http://[::1]:7878", "http://[::1]:7878", undefined],
])("%s is an address", (text, url, token) => {
  expect(parseAddress(text)).toEqual({ url, token });
});

test("a token that is given beats the one in the address", () => {
  expect(parseAddress("http://h/?token=a", "b").token).toBe("b");
});

test.each(["127.0.0.1:7878", "", "ftp://h", "http://ann:secret@h", "file:///etc/passwd"])(
  "%j is no address",
  (text) => {
    expect(() => parseAddress(text)).toThrow(
      expect.objectContaining({ code: "SERVER_URL_INVALID" }),
    );
  },
);

test("an address that is refused is not shown with its token or its password", () => {
  expect(() => parseAddress("htp://h/?token=secret")).toThrow(/^(?!.*secret)/);
  expect(() => parseAddress("http://ann:sec@ret@h/")).toThrow(/^(?!.*(sec|ret@)).*got "http:..…@h/);
});
