import type { AnalyzeResult } from 'garu-ko';
import start, { GaruWasm } from 'garu-ko/pkg/garu_wasm.js';
import type { OpenAnalyzer } from './analyzer.js';

/** garu-ko in a browser; its model is fetched from where the page serves the package. */
export const openAnalyzer: OpenAnalyzer = async () => {
  await start();
  const model = await fetch(import.meta.resolve('garu-ko/models/base.gmdl'));
  const garu = new GaruWasm(new Uint8Array(await model.arrayBuffer()));
  return (text) => garu.analyze(text) as AnalyzeResult;
};
