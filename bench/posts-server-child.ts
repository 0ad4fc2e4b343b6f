/** A process that serves `GET /posts` by the local HTTP adapter, as `npm start` does. Prints its URL. */
import { listPostsContract } from '../lib/posts/contract.ts';
import { startHttpAdapter } from '../local/platform/http-adapter.ts';

const adapter = await startHttpAdapter(
  { host: '127.0.0.1', port: 0 },
  {
    routes: [{ contract: listPostsContract, entry: 'list-posts' }],
    load: async () => (await import('../functions/list-posts.ts')).handler,
    anyHost: false,
  },
);
adapter.open();
console.log(adapter.url);
