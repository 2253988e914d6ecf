import { ServerClock, instantMs } from "./ages.js";
import { postJson } from "./api.js";
import { cloneTemplate, namedParts, setData, setText, showLoaded } from "./dom.js";
import { FaultPanel } from "./fault-panel.js";
import { addTexts, format, onLanguageChange, t } from "./i18n.js";
import { startHeader } from "./page-header.js";
import { PlainSocket } from "./plain-socket.js";
import { sayingText } from "./saying.js";
import { SIMULATORS, SimulatorCard } from "./simulator-card.js";
import { en, fr } from "./texts/controle.js";

/** Lines of the log that the page keeps. */
const LINES = 500;

addTexts({ fr, en });
const { parts } = namedParts(document.getElementById("main"));
const clock = new ServerClock();
const connection = startHeader(clock);
const cards = Object.fromEntries(SIMULATORS.map((name) => [name, new SimulatorCard(name, { start, stop })]));
const faults = new FaultPanel(parts, clock, (text) => setText(parts.spoken, text));
const steps = [];
const lines = [];
let frame = null;
let log = null;

for (const card of Object.values(cards)) parts.simulators.append(card.root);
for (const name of SIMULATORS) {
  const option = document.createElement("option");
  option.value = name;
  parts["log-of"].append(option);
}

/** Only frames are shown: an answer says nothing that the next frame does not say. */
function act(path, body, said) {
  showNotice("");
  return postJson(path, body).then(
    () => said && setText(parts.spoken, said),
    (error) => showNotice(error.message),
  );
}

function start(name, body) {
  follow(name);
  return act(`/api/control/${name}/start`, body);
}

function stop(name) {
  return act(`/api/control/${name}/stop`, {});
}

parts["stop-all"].addEventListener("click", () => act("/api/control/stop-all", {}, t("panel.stopped.all")));
parts["scenario-form"].addEventListener("submit", (event) => {
  event.preventDefault();
  const play = () => act("/api/control-panel/scenarios/start", { scenario: event.target.elements.scenario.value });
  if (isInTheWay()) act("/api/control/stop-all", {}, t("panel.stopped.all")).then(play);
  else play();
});

/** A scenario starts these itself. */
function isInTheWay() {
  return ["gavage", "monitor"].some((name) => frame?.simulators[name].running);
}

function showNotice(text) {
  parts.notice.hidden = text === "";
  setText(parts.notice, text);
}

function receive(next) {
  clock.observe(instantMs(next.timestamp), Date.now());
  for (const name of SIMULATORS) {
    const before = frame?.simulators[name].status;
    const now = next.simulators[name].status;
    if (before && before !== now) setText(parts.spoken, t("panel.became", { name: t(`${name}.name`), state: t(`panel.${now}`) }));
    cards[name].show(next.simulators[name]);
  }
  frame = next;
  drawScenario();
  faults.show(frame);
  showLoaded();
}

function drawScenario() {
  setText(parts["scenario-start"], t(isInTheWay() ? "scenario.restart" : "scenario.start"));
  const scenario = frame?.scenario;
  parts["scenario-none"].hidden = Boolean(scenario);
  parts["scenario-lot"].hidden = !scenario;
  parts["advice-needs"].hidden = !scenario?.etapes.some(({ etape }) => etape === "conseille");
  if (!scenario) return;
  const words = { scenario: t(`scenario.${scenario.nom}`), lot: scenario.code_lot };
  setText(parts["scenario-lot"], t(scenario.code_lot ? "scenario.lot" : "scenario.noLot", words));
  while (steps.length > scenario.etapes.length) steps.pop().root.remove();
  while (steps.length < scenario.etapes.length) {
    steps.push(cloneTemplate("step-template"));
    parts.steps.append(steps.at(-1).root);
  }
  scenario.etapes.forEach(({ etape, le }, i) => {
    const { root, parts: step } = steps[i];
    setData(root, "step", le ? "done" : "waits");
    setText(step.mark, le ? "✓" : "○");
    setText(step.name, t(`step.${etape}`));
    setText(step.at, le ? t("step.at", { time: format().clock(le) }) : t("step.waits"));
  });
}

/** Shows the log of one simulator; a connection begins with its last lines. */
function follow(name) {
  parts["log-of"].value = name;
  log?.close();
  clearLog();
  log = new PlainSocket(`/api/control-panel/ws/logs/${name}`, { onOpen: clearLog, onFrame: addLine });
}

function clearLog() {
  lines.length = 0;
  parts.log.replaceChildren();
  parts["log-empty"].hidden = false;
}

function addLine(said) {
  parts["log-empty"].hidden = true;
  const isAtEnd = parts.log.scrollTop + parts.log.clientHeight >= parts.log.scrollHeight - 24;
  const line = document.createElement("li");
  setData(line, "level", said.level);
  lines.push({ line, said });
  drawLine(lines.at(-1));
  parts.log.append(line);
  if (lines.length > LINES) lines.shift().line.remove();
  if (isAtEnd) parts.log.scrollTop = parts.log.scrollHeight;
}

function drawLine({ line, said }) {
  setText(line, `${format().clock(said.timestamp)} ${sayingText(said, said.message)}`);
  // The server's own sentence also says why.
  line.title = said.message;
}

parts["log-of"].addEventListener("change", () => follow(parts["log-of"].value));

function draw() {
  document.title = t("panel.title");
  for (const card of Object.values(cards)) card.draw();
  for (const option of parts["log-of"].options) setText(option, t(`${option.value}.name`));
  lines.forEach(drawLine);
  drawScenario();
  faults.draw();
}

setInterval(() => {
  connection.tick();
  faults.tick();
}, 1000);
onLanguageChange(draw);
draw();
new PlainSocket("/api/control/ws", { onFrame: receive, onState: (state) => connection.show(state) });
follow("gavage");
