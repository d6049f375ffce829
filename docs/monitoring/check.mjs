// Runs every query of dashboards and alert rules against a Prometheus server that has scraped
// Meridian. Usage: node check.mjs PROMETHEUS_URL METRICS_FILE ALERTS_FILE DASHBOARD_FILE...
import { readFileSync } from "node:fs";

const [server, metricsFile, alertsFile, ...dashboards] = process.argv.slice(2);

// Metrics that are there only when listeners have certificates.
const optional = new Set(["meridian_tls_certificate_expiry_timestamp_seconds"]);

const known = new Set(
  readFileSync(metricsFile, "utf8")
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => line.split(/[{ ]/, 1)[0]),
);
const variables = {
  $__rate_interval: "20s",
  $instance: ".*",
  $region: ".*",
  $route: ".*",
};
const faults = [];
let run = 0;

async function ask(path, parameters) {
  const answer = await fetch(`${server}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  return answer.json();
}

/** Whether the query is understood and names only metrics that there are. */
async function query(where, expression, mustHaveData) {
  run++;
  let text = expression;
  for (const [name, value] of Object.entries(variables)) {
    text = text.replaceAll(name, value);
  }
  if (text.includes("$")) {
    faults.push(`${where}: unknown variable in ${expression}`);
  }
  for (const [name] of text.matchAll(/\b(?:meridian|jvm|process)_[a-z0-9_]+/g)) {
    if (!known.has(name) && !optional.has(name)) {
      faults.push(`${where}: there is no metric ${name}`);
    }
  }
  const answer = await ask("query", { query: text });
  if (answer.status !== "success") {
    faults.push(`${where}: ${answer.error}: ${text}`);
  } else if (mustHaveData && answer.data.result.length === 0) {
    faults.push(`${where}: no data: ${text}`);
  }
}

const targets = (await ask("targets", {})).data.activeTargets;
for (const target of targets) {
  if (target.health !== "up" || target.lastError) {
    faults.push(`${target.scrapeUrl}: ${target.health} ${target.lastError}`);
  }
}
for (const file of dashboards) {
  const dashboard = JSON.parse(readFileSync(file, "utf8"));
  const ids = new Set();
  for (const panel of dashboard.panels) {
    if (ids.size === ids.add(panel.id).size) {
      faults.push(`${file}: two panels have the id ${panel.id}`);
    }
    for (const target of panel.targets) {
      await query(`${dashboard.title}, ${panel.title}`, target.expr, true);
    }
  }
  for (const variable of dashboard.templating.list.filter(({ type }) => type === "query")) {
    const [, metric, label] = variable.query.query.match(/^label_values\(([a-z_]+).*, (\w+)\)$/);
    const series = await ask("series", { "match[]": metric });
    if (!series.data?.some((one) => one[label])) {
      faults.push(`${dashboard.title}: no values for $${variable.name}`);
    }
  }
}
const operations = readFileSync(new URL("../operations.md", import.meta.url), "utf8");
for (const { name, rules } of (await ask("rules", {})).data.groups) {
  for (const rule of rules) {
    await query(`${name}, ${rule.name}`, rule.query, rule.type === "recording");
    if (rule.health !== "ok") {
      faults.push(`${name}, ${rule.name}: ${rule.health} ${rule.lastError ?? ""}`);
    }
    const runbook = rule.annotations?.runbook?.split("#")[1];
    const headings = [...operations.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading.toLowerCase().replaceAll(/[^a-z0-9 -]/g, "").replaceAll(" ", "-"),
    );
    if (rule.type === "alerting" && !headings.includes(runbook)) {
      faults.push(`${rule.name}: the manual has no section ${runbook}`);
    }
  }
}
for (const fault of faults) {
  console.error(fault);
}
console.log(`${alertsFile} and ${dashboards.length} dashboards: ${run} queries, ${faults.length} faults`);
process.exit(faults.length === 0 && run > 0 ? 0 : 1);
