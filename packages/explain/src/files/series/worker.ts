import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { parentPort, workerData } from 'node:worker_threads';
import { openFitting } from '../../fit.js';
import type { Explainer } from '../../explain.js';
import { openRequest } from '../request.js';
import type { EngineAnswer, EngineRequest, EngineSetup } from './engine.js';

const open = async ({ request, options }: EngineSetup): Promise<Result<Explainer>> => {
  const asked = await openRequest(request);
  if (E.isLeft(asked)) return asked;
  const { model, composite, book, plan } = asked.right;
  return openFitting(model, composite, book, { ...plan, ...options });
};

const answer = (one: EngineAnswer): void => parentPort!.postMessage(one);

const explainer = await open(workerData as EngineSetup);
answer(E.map(() => undefined)(explainer));
if (E.isRight(explainer)) {
  parentPort!.on('message', (inputs: EngineRequest | undefined) => {
    if (inputs === undefined) void explainer.right.close().then(() => parentPort!.close());
    else void explainer.right.run(inputs).then(answer);
  });
}
