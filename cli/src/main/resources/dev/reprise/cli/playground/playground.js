// The page of 'reprise playground'. The server has the settings and all events of the generation: a reload shows the same again.

const SVG = "http://www.w3.org/2000/svg";
const NAMES = ["A", "B"];
const STATES = { c: "computed", h: "computed for half of the batch", r: "reused", p: "predicted", i: "not needed" };
const FIRST = [
  { policy: "first_block_cache", parameters: { threshold: "0.1" } },
  { policy: "pyramid_attention_broadcast", parameters: {} },
];

const byId = (id) => document.getElementById(id);
const common = byId("common");
const field = (name) => common.elements.namedItem(name);

let catalogue;
let sides = [];
let generation = null;
let events = null;
let shown = null;

async function ask(method, path, body) {
  const answer = await fetch("api/" + path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const json = await answer.json();
  if (!answer.ok) {
    throw { ...json, status: answer.status };
  }
  return json;
}

/** One of the compared settings: its form, and what it drew. */
class Side {
  constructor(index, settings) {
    this.index = index;
    this.root = byId("side-template").content.cloneNode(true).firstElementChild;
    this.form = this.find("form");
    this.select = this.find("select[name=policy]");
    const title = this.find("h2");
    title.id = "side-" + index;
    title.textContent = "With a cache" + (index ? ", setting B" : "");
    this.root.setAttribute("aria-labelledby", title.id);
    for (const policy of catalogue.policies) {
      this.select.add(new Option(policy.name.replaceAll("_", " "), policy.name));
    }
    this.select.addEventListener("change", () => {
      this.showPolicy(this.select.value, {});
      changed(this);
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of this.root.querySelectorAll("[data-copy]")) {
      button.addEventListener("click", () => this.copy(button));
    }
    this.showPolicy(settings.policy, settings.parameters);
    byId("columns").append(this.root);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  showPolicy(name, values) {
    const policy = catalogue.policies.find((one) => one.name === name) ?? catalogue.policies[0];
    this.select.value = policy.name;
    this.find(".summary").textContent = policy.summary;
    this.find(".parameters").replaceChildren(...policy.parameters.map((parameter) => this.input(parameter, values)));
    this.problem(null);
  }

  input(parameter, values) {
    const id = `side-${this.index}-${parameter.name}`;
    const given = values[parameter.name] ?? "";
    const unset = parameter.default === null ? "unset" : typeof parameter.default === "object"
      ? JSON.stringify(parameter.default) : String(parameter.default);
    const row = document.createElement("label");
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = parameter.name;
    let control;
    if (parameter.choices.length) {
      control = document.createElement("select");
      control.add(new Option(`default (${unset})`, ""));
      parameter.choices.forEach((choice) => control.add(new Option(choice, choice)));
    } else {
      control = document.createElement("input");
      control.placeholder = unset;
      control.autocomplete = "off";
      control.spellcheck = false;
      const parts = catalogue.parts[parameter.name];
      if (parts) {
        const list = document.createElement("datalist");
        list.id = id + "-parts";
        parts.forEach((part) => list.append(new Option(part.summary, part.name)));
        row.append(list);
        control.setAttribute("list", list.id);
      }
    }
    control.value = given;
    control.id = id;
    control.dataset.parameter = parameter.name;
    const meaning = document.createElement("small");
    meaning.id = id + "-meaning";
    meaning.textContent = `${parameter.meaning}. Value: ${parameter.expected}${parameter.unit ? ` (${parameter.unit})` : ""}.`;
    const problem = document.createElement("span");
    problem.className = "problem";
    problem.id = id + "-problem";
    problem.setAttribute("role", "alert");
    control.setAttribute("aria-describedby", `${meaning.id} ${problem.id}`);
    control.addEventListener("change", () => changed(this));
    row.append(name, control, meaning, problem);
    return row;
  }

  settings() {
    const parameters = {};
    for (const control of this.form.querySelectorAll("[data-parameter]")) {
      if (control.value.trim()) {
        parameters[control.dataset.parameter] = control.value.trim();
      }
    }
    return { policy: this.select.value, parameters };
  }

  /** Shows what is wrong at the field that it is about; nothing when there is none. */
  problem(found) {
    for (const control of this.form.querySelectorAll("[data-parameter]")) {
      const here = found && control.dataset.parameter === found.field;
      control.setAttribute("aria-invalid", String(Boolean(here)));
      byId(control.id + "-problem") && (byId(control.id + "-problem").textContent = here ? found.message : "");
      if (here) {
        found = { ...found, placed: true };
        control.scrollIntoView({ block: "nearest" });
      }
    }
    this.find(".policy > .problem").textContent = found && !found.placed ? found.message : "";
  }

  begin(data) {
    this.nanos = 0;
    this.find("svg").replaceChildren();
    this.find("svg").setAttribute("viewBox", `0 0 ${data.steps} ${Math.max(1, data.modules.length)}`);
    this.modules = data.modules;
    this.computed = [];
  }

  setting(data) {
    this.find(".setting").textContent = data.title + (data.step ? `, from step ${data.step + 1}` : "");
    this.find("[data-line=command]").textContent = data.command;
    this.find("[data-line=java]").textContent = data.java;
  }

  step(step, data, originalTotal) {
    this.nanos += data.ms;
    this.computed.push(data.computed);
    const share = this.computed.reduce((a, b) => a + b, 0) / this.computed.length;
    const figures = {
      ms: data.ms.toFixed(1) + " ms",
      computed: (100 * share).toFixed(0) + " %",
      speedup: (originalTotal / this.nanos).toFixed(2) + " ×",
      psnr: data.psnr === null ? "identical" : data.psnr.toFixed(1) + " dB",
      cache: data.cache_bytes < 1e6 ? (data.cache_bytes / 1e3).toFixed(0) + " kB" : (data.cache_bytes / 1e6).toFixed(1) + " MB",
    };
    for (const [name, text] of Object.entries(figures)) {
      this.find(`[data-figure=${name}]`).textContent = text;
    }
    show(this.find(".picture"), data.picture, "what this setting has drawn so far");
    show(this.find(".difference"), data.difference, "difference to the original, eight times as bright");
    this.find(".caption").hidden = false;
    const map = this.find("svg");
    [...data.cells].forEach((state, row) => {
      const cell = document.createElementNS(SVG, "rect");
      cell.setAttribute("x", step + 0.04);
      cell.setAttribute("y", row + 0.06);
      cell.setAttribute("width", 0.92);
      cell.setAttribute("height", 0.88);
      cell.setAttribute("class", state);
      const title = document.createElementNS(SVG, "title");
      title.textContent = `${this.modules[row]}, step ${step + 1}: ${STATES[state]}${data.reasons[row] ? " · " + data.reasons[row] : ""}`;
      cell.append(title);
      map.append(cell);
    });
    map.setAttribute("aria-label", `Step ${step + 1}: ${(100 * data.computed).toFixed(0)} % computed; ${(100 * share).toFixed(0)} % so far`);
  }

  async copy(button) {
    const line = this.find(`[data-line=${button.dataset.copy}]`);
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(line.textContent);
      button.textContent = "Copied";
    } catch {
      // No permission: selected, for the keyboard.
      getSelection().selectAllChildren(line);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = before), 1500);
  }
}

function show(image, source, words) {
  image.src = source;
  image.alt = words;
  image.hidden = false;
}

function wanted() {
  return {
    model: field("model").value,
    steps: field("steps").valueAsNumber,
    seed: field("seed").valueAsNumber,
    pause: Math.round(field("pause").valueAsNumber),
    sides: sides.map((side) => side.settings()),
  };
}

function problem(found) {
  sides.forEach((side) => side.problem(found && found.side === side.index ? found : null));
  const here = found && !(found.side >= 0);
  byId("problem").textContent = here ? (found.message ?? "the playground does not answer: is it still running?") : "";
  for (const control of common.elements) {
    control.setAttribute("aria-invalid", String(Boolean(here && found.field && control.name === found.field)));
  }
}

/** One request after another, each with what the page knows then: a change never speaks of a generation that is being replaced. */
let lastTurn = Promise.resolve();
function inTurn(work) {
  lastTurn = lastTurn.then(work).catch(problem);
  return lastTurn;
}

const draw = () => inTurn(begin);

async function begin() {
  const begun = await ask("POST", "generations", wanted());
  problem(null);
  follow(begun.id);
}

/** A form has other values: they count from the next step on, or begin a new generation. */
const changed = (side) => inTurn(async () => {
  if (!generation?.underWay) {
    return begin();
  }
  try {
    await ask("PUT", `generations/${generation.id}/sides/${side.index}`, side.settings());
    problem(null);
  } catch (found) {
    // Over, or another page began one since.
    if (found.status !== 409 && found.status !== 404) {
      throw found;
    }
    await begin();
  }
});

/** A client that comes late, or again, gets all events from the first one. */
function follow(id) {
  events?.close();
  generation = { id, underWay: true };
  events = new EventSource(`api/generations/${id}/events`);
  const on = (name, handle) => events.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  on("begin", (data) => {
    shown = { steps: data.steps, total: 0 };
    byId("bar").max = data.steps;
    byId("bar").value = 0;
    sides.forEach((side) => side.begin(data));
    say(`Drawing ${data.labels.length} prompts.`);
  });
  on("setting", (data) => sides[data.side]?.setting(data));
  on("step", (data) => {
    shown.total += data.original.ms;
    byId("bar").value = data.step + 1;
    byId("original-ms").textContent = data.original.ms.toFixed(1) + " ms";
    byId("original-total").textContent = shown.total.toFixed(0) + " ms";
    show(byId("original-picture"), data.original.picture, "what the original has drawn so far");
    data.sides.forEach((report, index) => sides[index]?.step(data.step, report, shown.total));
    if (data.step % 5 === 4) {
      say(`Step ${data.step + 1} of ${shown.steps}.`);
    }
  });
  on("done", () => end(`All ${shown.steps} steps are drawn.`));
  on("stopped", () => end("Stopped."));
  on("failed", (data) => {
    end("The generation failed.");
    problem({ side: -1, field: "", message: data.message });
  });
  byId("stop").disabled = false;
}

function end(words) {
  events.close();
  generation.underWay = false;
  byId("stop").disabled = true;
  say(words);
}

function say(words) {
  byId("status").textContent = words;
}

function compare(settings) {
  sides.forEach((side) => side.root.remove());
  sides = settings.map((one, index) => new Side(index, one));
  sides.forEach((side) => (side.find("h2").textContent = sides.length > 1 ? `Setting ${NAMES[side.index]}` : "With a cache"));
}

async function start() {
  catalogue = await ask("GET", "overview");
  for (const model of catalogue.models) {
    field("model").add(new Option(`${model.name}: ${model.subject}`, model.name));
  }
  const before = catalogue.generation;
  if (before) {
    for (const name of ["model", "steps", "seed", "pause"]) {
      field(name).value = before.settings[name];
    }
    field("compare").checked = before.settings.sides.length > 1;
    compare(before.settings.sides);
    follow(before.id);
  } else {
    compare(FIRST.slice(0, 1));
    await draw();
  }
  common.addEventListener("submit", (event) => {
    event.preventDefault();
    draw();
  });
  byId("stop").addEventListener("click", () => ask("DELETE", `generations/${generation.id}`).catch(problem));
  field("model").addEventListener("change", draw);
  field("compare").addEventListener("change", () => {
    const settings = sides.map((side) => side.settings());
    compare(field("compare").checked ? [settings[0], FIRST[1]] : settings.slice(0, 1));
    draw();
  });
}

start().catch((found) => problem({ side: -1, message: found.message }));
