// Jest's global teardown: drops what the run made, and stops the server that was started for it.
export default async () => {
  await globalThis.stopTestServer?.();
};
