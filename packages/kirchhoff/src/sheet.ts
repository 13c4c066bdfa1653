import { ledgersOf, remarksOn, standingOf, type Model as Opened } from '@kirchhoff/explain';
import { writeAtomically } from '@kirchhoff/explain/node';
import { charactersOf, heatmapSheet, textHtml, textSvg } from '@kirchhoff/picture';
import { explainedSheet, reviewSheet, type Reviewed } from '@kirchhoff/sheet';
import { drawSheet, drawTexts, notoSans, notoSansFor, withKorean } from '@kirchhoff/sheet/node';
import { explainSays, problem } from '@kirchhoff/message';
import { demand, KirchhoffError } from './error.js';
import type { Explanation } from './explanation.js';
import type { Ran } from './model.js';

/** An explanation as a picture: samples beside what their decisions rest on, or texts in colour. */
export interface SavedSheet {
  readonly svg: () => string;
  readonly png: () => Promise<Uint8Array>;
  /** Of texts alone: a page that stands by itself. */
  readonly html?: () => string;
  /** Writes `.png`, `.svg`, or (of texts) `.html`. @throws KirchhoffError where it cannot be written */
  readonly save: (path: string) => Promise<void>;
}

/** An explanation that can be drawn. */
export interface Drawn extends Explanation {
  readonly sheet: SavedSheet;
}

type Forms = Pick<SavedSheet, 'svg' | 'png' | 'html'>;

const saving = (forms: Forms): SavedSheet => {
  const made: Readonly<Record<string, (() => string | Promise<Uint8Array>) | undefined>> = {
    png: forms.png,
    svg: forms.svg,
    html: forms.html,
  };
  const endings = Object.keys(made).filter((ending) => made[ending] !== undefined);
  return {
    ...forms,
    save: async (path) => {
      const make = made[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
      if (make === undefined) throw new KirchhoffError([problem(path, explainSays.noSheetForm(endings))]);
      demand(writeAtomically(path, await make()));
    },
  };
};

const ofTexts = (model: Opened, { explained }: Ran & { readonly kind: 'texts' }): SavedSheet => {
  const { report, texts } = explained;
  const asked = [report.asked, ...report.further.map((one) => one.asked)];
  const methods = asked.map((target, view): Reviewed => ({
    title: asked.length > 1 ? `target ${target}` : report.composite,
    texts,
    view,
  }));
  const names = texts.map(({ tokens }) => tokens.text);
  const remarks = remarksOn(standingOf(ledgersOf(report, names)));
  const sheet = reviewSheet(
    model,
    `${model.name}: ${report.composite}`,
    [...remarks, report.quantity].join(' · '),
    methods,
  );
  return saving({
    svg: () => textSvg(sheet, notoSansFor(charactersOf(sheet))),
    png: () => drawTexts(sheet),
    html: () => withKorean(textHtml(sheet)),
  });
};

const ofTensors = (model: Opened, { explained, inputs, names }: Ran & { readonly kind: 'tensors' }): SavedSheet => {
  const remarks = remarksOn(standingOf(ledgersOf(explained.report, names)));
  const sheet = explainedSheet(model, explained, { inputs, names }, remarks);
  return saving({ svg: () => heatmapSheet(sheet, notoSans()), png: () => drawSheet(sheet) });
};

/** The sheet of what was run; it is drawn when it is asked for. */
export const sheetOf = (model: Opened, ran: Ran): SavedSheet =>
  ran.kind === 'texts' ? ofTexts(model, ran) : ofTensors(model, ran);
