import { Garu } from 'garu-ko';
import type { OpenAnalyzer } from './analyzer.js';

/** garu-ko in Node, its model from its own folder. */
export const openAnalyzer: OpenAnalyzer = async () => {
  const garu = await Garu.load();
  return (text) => {
    const result = garu.analyze(text);
    return Array.isArray(result) ? result[0]! : result;
  };
};
