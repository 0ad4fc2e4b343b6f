// Runs one bundled function in a process of its own, as Lambda does: imports it, then calls it for every message.
const loaded = import(process.argv[2]);
// The message comes as soon as the process runs; a function that cannot be imported says so for the first of them.
loaded.catch(() => {});

process.on('message', async ({ event, timeoutMs }) => {
  const startedAt = performance.now();
  const context = {
    awsRequestId: 'invocation',
    getRemainingTimeInMillis: () => timeoutMs - (performance.now() - startedAt),
  };
  try {
    const { handler } = await loaded;
    process.send({ result: (await handler(event, context)) ?? null });
  } catch (error) {
    process.send({ error: `${error.name}: ${error.message}` });
  }
});
