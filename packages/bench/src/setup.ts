import { peakMB } from './memory.js';
import { join } from 'node:path';
import { checkRewrites, prepareModel, type Model } from '@kirchhoff/explain';
import { draftWeights, fileTensors, openDrafts, openGraphFile, openOnnxFile } from '@kirchhoff/explain/node';
import { backends } from '@kirchhoff/runtime';
import { threads } from './measure.js';
import type { SetupRow, SetupSpec } from './setup-rows.js';
import { demand, explainSubject, openRulebook } from './subject.js';

/** Seconds of processor time since `start`, over all threads. */
const since = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(start);
  return Math.round((user + system) / 1e4) / 100;
};

/** Tries the rewrites as `import` does, which has written the weights by then. */
const checkAsImported = async (model: Model, folder: string): Promise<void> => {
  const drafts = openDrafts(folder);
  const { original, typed } = model;
  const mapped = demand(draftWeights(drafts, fileTensors(original, typed.store)));
  demand(await checkRewrites({ ...model, typed: { ...typed, store: new Map([...typed.store, ...mapped]) } }));
  drafts.drop();
};

/**
 * What one model takes before its first run, in this process, which should be a new one: processor time rather than time,
 * since that depends little on what else the machine does.
 */
export const measureSetup = async ({ model: name, composite, onnx }: SetupSpec, folder: string): Promise<SetupRow> => {
  const book = demand(openRulebook());
  const opening = process.cpuUsage();
  const { graph, store } = onnx
    ? demand(await openOnnxFile(join(folder, 'model.onnx')))
    : demand(openGraphFile(folder, 'graph.json'));
  const model = demand(prepareModel(name, graph, store));
  if (onnx) await checkAsImported(model, join(folder, 'imported'));
  const openS = since(opening);
  const importMB = peakMB();
  const building = process.cpuUsage();
  const explanation = demand(explainSubject(model, book, composite, true));
  const buildS = since(building);
  const setting = process.cpuUsage();
  const session = await backends.ort.compile(explanation.graph, model.typed.store, {
    threads,
    types: explanation.types,
  });
  const engineS = since(setting);
  await session.close();
  return { model: name, composite, onnx, nodes: explanation.graph.nodes.length, openS, importMB, buildS, engineS };
};
