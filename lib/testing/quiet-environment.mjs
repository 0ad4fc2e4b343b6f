// Jest's environment for Node, with one difference: log lines of a test are shown only where it fails, after all of it.
import { TestEnvironment } from 'jest-environment-node';

/** How the logger's lines begin; whatever else is written is nobody's log, and passes. */
const LOG_LINE = /^\{"level":"[A-Z]+"/;

export default class QuietEnvironment extends TestEnvironment {
  #lines = [];
  #restore = [];

  async setup() {
    await super.setup();
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write;
      stream.write = (chunk, ...rest) => {
        if (!LOG_LINE.test(String(chunk))) return write.call(stream, chunk, ...rest);
        this.#lines.push(String(chunk));
        const done = rest.find((one) => typeof one === 'function');
        if (done) process.nextTick(done);
        return true;
      };
      this.#restore.push(() => {
        stream.write = write;
      });
    }
  }

  async teardown() {
    for (const restore of this.#restore) restore();
    await super.teardown();
  }

  handleTestEvent({ name, test }) {
    if (name === 'test_start') this.#lines = [];
    const failed = name === 'hook_failure' || (name === 'test_done' && test.errors.length > 0);
    if (!failed) return;
    const lines = this.#lines.splice(0).join('');
    if (lines !== '') process.stderr.write(`Log lines of "${test?.name ?? 'a hook'}":\n${lines}`);
  }
}
