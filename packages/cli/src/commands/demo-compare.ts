import type { Result } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { compareCommand } from '../compare/command.js';
import { parseMethods, parseMetrics } from '../compare/request.js';
import { resourcePath } from '@kirchhoff/explain/node';

/** What is compared: the models that the repository brings. */
const models = ['mnist-lenet', 'shapes-cnn', 'cifar-resnet', 'nsmc-lstm', 'nsmc-bilstm'];

const limit = 8;

/** Compares methods on some samples of every bundled model, on one page. */
export const demoCompare = async (book: Rulebook, out: string): Promise<Result<string>> => {
  const methods = parseMethods('default', book);
  const metrics = parseMetrics('default');
  if (E.isLeft(methods)) return methods;
  if (E.isLeft(metrics)) return metrics;
  const page = join(out, 'compare.html');
  const folder = join(out, 'compare');
  const named = models.map((model) => `models/${model}`).join(' ');
  const done = await compareCommand({
    paths: models.map((model) => resourcePath(`models/${model}`)),
    book,
    sizes: new Map(),
    batchAxes: {},
    files: [],
    texts: [],
    masks: undefined,
    data: undefined,
    baseline: 0,
    methods: methods.right,
    metrics: metrics.right,
    skip: true,
    limit,
    out: folder,
    json: false,
    allowOpen: false,
    command: `npx kirchhoff compare ${named} --limit ${limit} --out ${folder}`,
    page,
  });
  return E.isLeft(done) ? done : E.right(`wrote ${page}`);
};
