import { assumptions } from '@kirchhoff/explain';
import { explainSeries, type Series, type SeriesDone } from '@kirchhoff/explain/node';
import { cliSays, storeSays, withFlags, type Result } from '@kirchhoff/message';
import { explainedSheet } from '@kirchhoff/sheet';
import { drawSheet } from '@kirchhoff/sheet/node';
import * as E from 'fp-ts/lib/Either.js';
import { progressLine } from '../progress.js';
import { listenForStop } from '../stop.js';

export interface SeriesArguments extends Omit<Series, 'draw' | 'progress' | 'spell' | 'listen'> {
  readonly json: boolean;
}

const summary = ({ report, run }: SeriesDone, { asked, request }: Pick<Series, 'asked' | 'request'>): string => {
  const { samples, unread } = report.series;
  if (run === undefined) return cliSays.seriesFinished(samples);
  const { remarks, damaged, resumed, seconds, files } = run;
  const given = (request.load.files ?? []).map(({ file }) => file);
  return [
    ...remarks,
    ...assumptions(asked.model, given),
    ...(damaged.length > 0 ? [storeSays.damaged(damaged)] : []),
    cliSays.seriesDone(samples, resumed, unread, seconds, files),
  ].join('\n');
};

/** `explain MODEL --input 'photos/*.jpg'`: explains many samples batch by batch, into one array and one index. */
export const explainSeriesCommand = async ({ json, ...series }: SeriesArguments): Promise<Result<string>> =>
  E.map((done: SeriesDone) => (json ? JSON.stringify(done.report, null, 2) : summary(done, series)))(
    await explainSeries({
      ...series,
      draw: (explained, batch, remarks) => drawSheet(explainedSheet(series.asked.model, explained, batch, remarks)),
      progress: progressLine(),
      spell: withFlags,
      listen: listenForStop,
    }),
  );
