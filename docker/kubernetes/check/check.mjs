// Checks manifests against the schemas of the Kubernetes API, in two ways: the types catch what is
// unknown or missing, the JSON schemas what is malformed. Usage: node check.mjs FILE...
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { parseAllDocuments } from "yaml";

const here = dirname(fileURLToPath(import.meta.url));
const operator = "@kubernetes-models/prometheus-operator";

function moduleOf({ apiVersion, kind }) {
  const from = apiVersion.startsWith("monitoring.coreos.com/") ? operator : "kubernetes-models";
  return `${from}/${apiVersion}/${kind}`;
}

function documents(file) {
  return parseAllDocuments(readFileSync(file, "utf8"), { uniqueKeys: true }).map((document) => {
    if (document.errors.length > 0) {
      throw new Error(`${file}: ${document.errors[0].message}`);
    }
    return document.toJS();
  });
}

const faults = [];
let checked = 0;
const work = mkdtempSync(join(here, "types-"));
try {
  const sources = [];
  for (const file of process.argv.slice(2)) {
    for (const manifest of documents(file)) {
      const name = `${file}: ${manifest.kind} ${manifest.metadata?.name}`;
      const model = moduleOf(manifest);
      try {
        const { [manifest.kind]: Model } = await import(model);
        new Model(manifest).validate();
      } catch (e) {
        faults.push(`${name}: ${e.message}`);
      }
      const source = join(work, `manifest${sources.length}.ts`);
      writeFileSync(
        source,
        `import type { I${manifest.kind} } from "${model}";\n` +
          `export const manifest: I${manifest.kind} = ${JSON.stringify(manifest, null, 2)};\n`,
      );
      sources.push({ source, name });
      checked++;
    }
  }
  const program = ts.createProgram(
    sources.map(({ source }) => source),
    { strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.NodeNext, types: [] },
  );
  for (const { source, name } of sources) {
    for (const fault of ts.getPreEmitDiagnostics(program, program.getSourceFile(source))) {
      const line = fault.file?.getLineAndCharacterOfPosition(fault.start ?? 0).line ?? 0;
      const text = readFileSync(source, "utf8").split("\n")[line].trim();
      faults.push(`${name}: ${text}: ${ts.flattenDiagnosticMessageText(fault.messageText, " ")}`);
    }
  }
} finally {
  rmSync(work, { recursive: true });
}
for (const fault of faults) {
  console.error(fault);
}
console.log(`${checked} manifests, ${faults.length} faults`);
process.exit(faults.length === 0 && checked > 0 ? 0 : 1);
