import type { Tensor } from '@kirchhoff/graph';
import { cliSays, problem, type Result } from '@kirchhoff/message';
import { disableTelemetry } from '@kirchhoff/runtime/telemetry';
import * as E from 'fp-ts/lib/Either.js';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Explained, ExplainOptions } from '../../explain.js';
import type { Request } from '../request.js';

/** What the worker is started with: it opens the model itself. */
export interface EngineSetup {
  readonly request: Request;
  readonly options: ExplainOptions;
}

export type EngineRequest = Readonly<Record<string, Tensor>>;
/** The first answer says whether the engine stands, the others what each batch became, in order. */
export type EngineAnswer = Result<Explained | undefined>;

/** An engine in a thread of its own, so that reading and writing go on while it runs. */
export interface Engine {
  readonly run: (inputs: EngineRequest) => Promise<Result<Explained>>;
  readonly close: () => Promise<void>;
}

/** The built script, also where this runs from its sources: a thread reads no TypeScript. */
const script = pathToFileURL(createRequire(import.meta.url).resolve('#worker'));

/** @param from the script of the thread */
export const openEngine = async (setup: EngineSetup, from = script): Promise<Result<Engine>> => {
  disableTelemetry();
  const { request, options } = setup;
  const worker = new Worker(from, { workerData: { request, options } satisfies EngineSetup, execArgv: [] });
  const waiting: ((answer: EngineAnswer) => void)[] = [];
  let gone: EngineAnswer | undefined;
  const fail = (reason: string): void => {
    gone ??= E.left([problem('', cliSays.unexpected(reason))]);
    for (const answer of waiting.splice(0)) answer(gone);
  };
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      fail('the engine stopped');
      resolve();
    });
  });
  worker.on('message', (answer: EngineAnswer) => waiting.shift()?.(answer));
  worker.on('error', ({ message }) => fail(message));
  const answered = (): Promise<EngineAnswer> =>
    gone === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(gone);
  const stands = await answered();
  if (E.isLeft(stands)) {
    await worker.terminate();
    return stands;
  }
  return E.right({
    run: async (inputs) => {
      const answer = answered();
      worker.postMessage(inputs);
      return E.chain((explained: Explained | undefined): Result<Explained> =>
        explained === undefined ? E.left([problem('', cliSays.unexpected('no answer'))]) : E.right(explained),
      )(await answer);
    },
    close: () => {
      worker.postMessage(undefined);
      return exited;
    },
  });
};
