import { once } from 'node:events';
import { connect as connectTo, createServer, type Socket } from 'node:net';

/** Which half of an exchange is lost: the request never arrives, or it does and its answer is lost. */
export type CutWhen = 'request' | 'answer';

/** A proxy between a client and a server over TCP (Postgres, HTTP), which misbehaves on demand. */
export interface TcpProxy {
  port: number;
  /** `url` with this proxy's host and port. */
  through: (url: string) => string;
  /** Exchanges begun so far, over all connections: a request is what the client sends until the server answers. */
  exchanges: () => number;
  /** Connections open now. */
  connections: () => number;
  /** Breaks every connection now (reset) and refuses new ones until `restore`. */
  cut: () => void;
  /** Swallows everything from now on, in both directions, without closing anything, until `restore`. */
  blackhole: () => void;
  /** Breaks the connection of the `n`-th exchange from now (1 = the next); later ones work, unless `onCut` sees to that. */
  cutAt: (n: number, when: CutWhen, onCut?: () => void) => void;
  /**
   * Keeps back the next request that `isIt`, and what follows on its connection, as a process that stalls would. `held`:
   * when it has come so far. `release`: it goes on.
   */
  hold: (isIt: (request: Buffer) => boolean) => { held: Promise<void>; release: () => void };
  /** Works again. Connections that lost bytes to a black hole are broken. */
  restore: () => void;
  close: () => Promise<void>;
}

/** Starts a proxy in front of `host:port` on a free port of the loopback address. */
export const startTcpProxy = async ({ host, port }: { host: string; port: number }): Promise<TcpProxy> => {
  const pairs = new Set<readonly [Socket, Socket]>();
  let mode: 'open' | 'cut' | 'blackhole' = 'open';
  let exchanges = 0;
  let hold: { isIt: (request: Buffer) => boolean; onHeld: () => void; released: Promise<void> } | undefined;
  let trap: { at: number; when: CutWhen; onCut: () => void } | undefined;

  const breakAll = () => {
    for (const [client, server] of pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  };
  const proxy = createServer((client) => {
    if (mode === 'cut') return void client.resetAndDestroy();
    const server = connectTo(port, host);
    const pair = [client, server] as const;
    pairs.add(pair);
    let asking = false; // the client spoke last
    let trapped = false; // this exchange is the one whose answer is lost
    let heldUntil: Promise<void> | undefined; // what the client says waits for it

    const breakPair = () => {
      client.resetAndDestroy();
      server.destroy();
    };
    const spring = () => {
      breakPair();
      trap?.onCut();
    };
    client.on('data', (chunk) => {
      if (mode !== 'open') return;
      if (!asking) {
        asking = true;
        exchanges += 1;
        if (trap?.at === exchanges) {
          if (trap.when === 'request') return spring();
          trapped = true;
        }
      }
      if (hold?.isIt(chunk)) {
        heldUntil = hold.released;
        hold.onHeld();
        hold = undefined;
      }
      if (heldUntil === undefined) server.write(chunk);
      else void heldUntil.then(() => server.write(chunk));
    });
    server.on('data', (chunk) => {
      if (mode !== 'open') return;
      asking = false;
      if (trapped) return spring();
      client.write(chunk);
    });
    for (const [one, other] of [pair, [server, client]] as const) {
      one.on('error', () => other.destroy());
      one.on('end', () => mode === 'open' && other.end());
      one.on('close', () => {
        if (mode === 'blackhole') return;
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');

  return {
    port: address.port,
    through: (url) => {
      const changed = new URL(url);
      changed.hostname = '127.0.0.1';
      changed.port = String(address.port);
      return changed.href;
    },
    exchanges: () => exchanges,
    connections: () => pairs.size,
    cut: () => {
      mode = 'cut';
      breakAll();
    },
    blackhole: () => {
      mode = 'blackhole';
    },
    cutAt: (n, when, onCut = () => undefined) => {
      trap = { at: exchanges + n, when, onCut };
    },
    hold: (isIt) => {
      const held = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      hold = { isIt, onHeld: held.resolve, released: released.promise };
      return { held: held.promise, release: released.resolve };
    },
    restore: () => {
      if (mode === 'blackhole') breakAll();
      mode = 'open';
      trap = undefined;
    },
    close: async () => {
      breakAll();
      proxy.close();
      await once(proxy, 'close');
    },
  };
};
