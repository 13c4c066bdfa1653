// Writes docs/reference from the comments of what is exported. With a folder as argument, into that.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const here = dirname(fileURLToPath(import.meta.url));

/** One page for each entry point. */
export const writeReference = async (out) => {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: ['index', 'node'].map((name) => join(here, 'src', `${name}.ts`)),
    tsconfig: join(here, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    outputs: [{ name: 'markdown', path: out }],
    outputFileStrategy: 'modules',

    entryFileName: 'README',
    readme: 'none',
    name: 'Reference',
    excludeExternals: true,
    excludeInternal: true,
    disableSources: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'list',
    typeDeclarationFormat: 'list',
    useCodeBlocks: true,
    logLevel: 'Warn',
    treatWarningsAsErrors: true,
    validation: { notDocumented: true, notExported: false, invalidLink: true },
    skipErrorChecking: true,
    requiredToBeDocumented: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('the reference cannot be written');
  await app.generateOutputs(project);
};

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeReference(process.argv[2] ?? join(here, '..', '..', 'docs', 'reference'));
