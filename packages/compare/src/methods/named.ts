import { compareSays, problem, Refusal, type Problem, type Result } from '@kirchhoff/message';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { chance } from './chance.js';
import { deepLift } from './deeplift.js';
import { cam, gradCam } from './feature-map.js';
import type { Attributor, Method, Settings } from './method.js';
import { integratedGradients, simpleTaylor, smoothGrad } from './path.js';
import { patternAttribution, patternNet } from './pattern.js';
import { compositeMethod, openComposite, reluMethod } from './propagated.js';
import { lime, occlusion } from './removal.js';
import type { Subject } from './subject.js';

export const methodNames = [
  'gradient',
  'gradient-times-input',
  'sensitivity',
  'guided-backprop',
  'deconvnet',
  'smoothgrad',
  'integrated-gradients',
  'simple-taylor',
  'deep-taylor',
  'deep-taylor-bounded',
  'excitation-backprop',
  'deeplift-rescale',
  'patternnet',
  'pattern-attribution',
  'grad-cam',
  'cam',
  'occlusion',
  'lime',
  'random',
] as const;
export type MethodName = (typeof methodNames)[number];

/** Every method that bears a name of its own. Beside these, each composite of the rulebook is a method (LRP). */
export const methods: { readonly [Name in MethodName]: Method } = {
  gradient: compositeMethod('gradient', {
    summary: 'The gradient of the score by the input.',
    cite: ['Simonyan et al. 2014, Deep Inside Convolutional Networks'],
    complete: 'no',
  }),
  'gradient-times-input': compositeMethod('gradient-times-input', {
    summary: 'Gradient times input.',
    cite: ['Shrikumar et al. 2016, Not Just a Black Box'],
    complete: 'remainder',
  }),
  sensitivity: compositeMethod('sensitivity', {
    summary: 'The squared gradient.',
    cite: ['Gevrey et al. 2003, Review and comparison of methods to study the contribution of variables'],
    complete: 'no',
  }),
  'guided-backprop': reluMethod('guided-backprop', {
    summary: 'Gradients, but a ReLU lets only positive ones back through, and only where it was active.',
    cite: ['Springenberg et al. 2015, Striving for Simplicity'],
    complete: 'no',
  }),
  deconvnet: reluMethod('deconvnet', {
    summary: 'Gradients, but a ReLU lets only positive ones back through.',
    cite: ['Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks'],
    complete: 'no',
  }),
  smoothgrad: smoothGrad,
  'integrated-gradients': integratedGradients,
  'simple-taylor': simpleTaylor,
  'deep-taylor': compositeMethod('deep-taylor', {
    summary: 'Deep Taylor decomposition: w-square on the first layer, z-plus on the others.',
    cite: ['Montavon et al. 2017, Explaining nonlinear classification decisions with deep Taylor decomposition'],
    complete: 'leaks',
  }),
  'deep-taylor-bounded': compositeMethod('deep-taylor-bounded', {
    summary: 'Deep Taylor decomposition: z-box on the first layer, z-plus on the others.',
    needs: ['range'],
    cite: ['Montavon et al. 2017, Explaining nonlinear classification decisions with deep Taylor decomposition'],
    complete: 'leaks',
  }),
  'excitation-backprop': compositeMethod(
    'excitation-backprop',
    {
      summary: 'Positive contributions without the bias, in every affine node.',
      cite: ['Zhang et al. 2016, Top-down Neural Attention by Excitation Backprop'],
      complete: 'leaks',
    },
    {
      include_bias: {
        default: 0,
        minimum: 0,
        summary: '1 where positive biases take part in the total (the paper has none)',
      },
    },
  ),
  'deeplift-rescale': deepLift,
  patternnet: patternNet,
  'pattern-attribution': patternAttribution,
  'grad-cam': gradCam,
  cam,
  occlusion,
  lime,
  random: chance,
};

/** A method as it was asked for: `lime:samples=500` or `grad-cam@relu3`. */
export interface MethodRequest {
  readonly name: string;
  readonly settings: Settings;
  readonly node?: string | undefined;
}

export interface OpenMethod extends Attributor {
  /** Name, node and whatever setting is not the default: `grad-cam@relu3`, `lime:samples=500`. */
  readonly title: string;
  readonly summary: string;
  readonly cite: readonly string[];
  readonly needs: Method['needs'];
  readonly complete: Method['complete'];
  /** All parameters, defaults filled in. */
  readonly settings: Settings;
}

const isMethodName = (name: string): name is MethodName => Object.hasOwn(methods, name);

const takers = methodNames.filter((name) => methods[name].needs.includes('node'));

/** What is wrong with a request whatever the model: unknown names and parameters, numbers too small, a node where none is taken. */
export const requestProblems = ({ name, settings, node }: MethodRequest, book: Rulebook): readonly Problem[] => {
  const composites = [...book.composites.keys()];
  if (!isMethodName(name) && !composites.includes(name))
    return [problem(name, compareSays.unknownMethod(name, methodNames, composites))];
  const parameters: Method['parameters'] = isMethodName(name) ? methods[name].parameters : {};
  const placed =
    node !== undefined && !takers.some((one) => one === name)
      ? [problem(name, compareSays.noNode(name, node, takers))]
      : [];
  const set = Object.entries(settings).flatMap(([key, value]) => {
    const parameter = parameters[key];
    if (parameter === undefined)
      return [problem(name, compareSays.unknownMethodParameter(name, key, Object.keys(parameters)))];
    return value >= parameter.minimum
      ? []
      : [problem(name, compareSays.badMethodParameter(name, key, value, parameter.minimum))];
  });
  return [...placed, ...set];
};

const completenessOf = ({ quantity, seed, finish }: Composite): Method['complete'] => {
  if (quantity === 'gradient' || seed === 'one') return 'no';
  return finish === undefined && quantity === undefined ? 'leaks' : 'remainder';
};

const methodOf = (subject: Subject, name: string): Method | undefined => {
  if (isMethodName(name)) return methods[name];
  const composite = subject.book.composites.get(name);
  if (composite === undefined) return undefined;
  const { summary, cite } = composite;
  return {
    summary,
    cite,
    needs: [],
    parameters: {},
    complete: completenessOf(composite),
    open: (one) => openComposite(one, composite),
  };
};

/** Opens a method on a subject: one of the table, or a composite of the rulebook. Refuses, with the reason, what does not apply. */
export const openMethod = async (subject: Subject, request: MethodRequest): Promise<Result<OpenMethod>> => {
  const { name, settings, node } = request;
  const method = methodOf(subject, name);
  const problems = requestProblems(request, subject.book);
  if (method === undefined || problems.length > 0) return E.left(problems);
  const defaults = Object.entries(method.parameters).map(([key, parameter]) => [key, parameter.default] as const);
  const all: Settings = { ...Object.fromEntries(defaults), ...settings };
  try {
    const opened = await method.open(subject, all, node);
    const { summary, cite, needs, complete } = method;
    const changed = Object.entries(all).filter(([key, value]) => value !== method.parameters[key]?.default);
    const at = node === undefined ? name : `${name}@${node}`;
    const title = [at, ...changed.map(([key, value]) => `${key}=${value}`)].join(':');
    return E.right({ ...opened, title, summary, cite, needs, complete, settings: all });
  } catch (thrown) {
    if (thrown instanceof Refusal)
      return E.left(
        thrown.problems.map(({ at, message }) => problem(at === '' || at === name ? name : `${name} ${at}`, message)),
      );
    throw thrown;
  }
};
