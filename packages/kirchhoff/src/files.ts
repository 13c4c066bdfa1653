import { chooseOutput, type Model as Opened } from '@kirchhoff/explain';
import { loadModel, modelPath, openRulebook, openTextReader, readInput } from '@kirchhoff/explain/node';
import * as E from 'fp-ts/lib/Either.js';
import { prepareOptions, type OpenOptions } from './documents.js';
import { guarded } from './error.js';
import { makeModel, type Model } from './model.js';
import { withGiven } from './rules.js';
import { sheetOf, type Drawn } from './sheet.js';

/** How a model is opened from files. */
export interface OpenFileOptions extends Omit<OpenOptions, 'name'> {
  /** Folders of further rule documents, each with its `composites` inside, where it has any. */
  readonly folders?: readonly string[];
}

/**
 * Opens a model from a folder with model.json, a graph.json or an ONNX file, or one that comes along by its name
 * (`mnist-lenet`). Every rule and composite that comes along is there; what is given is added.
 * @throws KirchhoffError with every problem, each with its file and the place in it
 */
export const openModel = (path: string, options: OpenFileOptions = {}): Promise<Model<Drawn>> =>
  guarded(async () => {
    const { folders = [], rules = [], composites = [] } = options;
    const opened = openRulebook(folders);
    const book = E.isLeft(opened) ? opened : withGiven(opened.right, rules, composites);
    if (E.isLeft(book)) return book;
    const folder = modelPath(path);
    const loaded = await loadModel(folder, prepareOptions(options));
    return E.map((model: Opened) =>
      makeModel<Drawn>({
        model,
        book: book.right,
        around: {
          readFile: readInput,
          openReader: (_, spec) => openTextReader(folder, spec),
        },
        dress: (explanation, ran, of) => ({ ...explanation, sheet: sheetOf(of, ran) }),
      }),
    )(E.chain((model: Opened) => chooseOutput(model, options.output))(loaded));
  });
