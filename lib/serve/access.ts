/** Who may ask: the bearer token, and which addresses and names are this machine's own. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { BadInputError } from '../files/index.js';
import { ApiError } from './api-error.js';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const isLoopback = (address: string): boolean =>
  loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** The address of a host name. @param reason why other machines may not reach it; null: they may @throws BadInputError */
async function addressOf(host: string, reason: string | null): Promise<string> {
  const found = await lookup(host, { all: true }).catch(() => []);
  if (found.length === 0)
    throw new BadInputError(
      `--host ${host}: no address of this name; give an address of this machine, for example 127.0.0.1`,
    );
  if (reason !== null && !found.every(({ address }) => isLoopback(address)))
    throw new BadInputError(`--host ${host}: ${reason}`);
  return found[0].address;
}

/** Of the server of a model, which other machines can reach only where there is a token. @throws BadInputError */
export function addressToBind(host: string, token: string | null): Promise<string> {
  const reason = 'other machines could ask without a token; set EARSIGHT_API_KEY to one, or leave --host out';
  return addressOf(host, token === null ? reason : null);
}

/** Of a server for this machine alone. @throws BadInputError */
export function loopbackToBind(host: string): Promise<string> {
  return addressOf(
    host,
    'other machines could read the run; leave --host out, and reach it from elsewhere through ssh -L',
  );
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** @throws ApiError for a request that may not ask */
export function checkAccess({ headers }: IncomingMessage, token: string | null): void {
  if (token === null) {
    if (!namesThisMachine(headers.host))
      throw new ApiError(
        403,
        'the Host header names another machine; ask 127.0.0.1, or set EARSIGHT_API_KEY',
      );
    return;
  }
  const [, given = ''] = /^Bearer +(.*)$/i.exec(headers.authorization ?? '') ?? [];
  // Of equal length, and compared in equal time.
  if (timingSafeEqual(digest(given), digest(token))) return;
  const problem = given === '' ? 'no token; send the header Authorization: Bearer <token>' : 'wrong token';
  throw new ApiError(401, problem, { code: 'invalid_api_key', headers: { 'www-authenticate': 'Bearer' } });
}

/** Whether a Host header is of this machine: a page of another site can give its own name the address of this machine. */
export function namesThisMachine(host = ''): boolean {
  const name = host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
  return name.toLowerCase() === 'localhost' || (isIP(name) !== 0 && isLoopback(name));
}
