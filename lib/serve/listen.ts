/** A server at an address and a port of this machine. */
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BadInputError } from '../files/index.js';

export interface Listening {
  server: Server;
  url: string;
}

/** @param at `host` is what the user wrote, `address` an address of it @throws BadInputError where it cannot listen */
export async function listen(
  handle: RequestListener,
  { host, address, port }: { host: string; address: string; port: number },
): Promise<Listening> {
  const server = createServer(handle);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: address }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    throw new BadInputError(
      `--host ${host} --port ${port}: cannot listen: ${(error as Error).message}; choose another port`,
    );
  }
  const { port: bound } = server.address() as AddressInfo;
  return { server, url: `http://${address.includes(':') ? `[${address}]` : address}:${bound}` };
}
