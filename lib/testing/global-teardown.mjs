// Jest's global teardown: drops what the run made, and stops the servers that were started for it.
export default async () => {
  await globalThis.stopTestServers?.();
};
