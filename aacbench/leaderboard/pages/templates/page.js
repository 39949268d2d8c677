"use strict";
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const short = value => value.toFixed(3).replace(/^0\./, ".");

function tabs() {
  const boards = $$("section.board");
  const show = () => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const now = boards.find(board => board.id === wanted) || boards[0];
    boards.forEach(board => { board.hidden = board !== now; });
    $$("nav a").forEach(link => link.classList.toggle("on", link.hash === "#" + now.id));
    now.dispatchEvent(new Event("shown"));
  };
  addEventListener("hashchange", () => { show(); scrollTo(0, 0); });
  show();
}

function sortable(table, done) {
  const heads = $$("thead th", table);
  heads.forEach((head, column) => {
    const button = $("button", head);
    if (!button) return;
    button.addEventListener("click", () => {
      const numeric = head.dataset.sort === "number";
      const was = head.getAttribute("aria-sort");
      const down = was ? was === "ascending" : numeric && !head.classList.contains("rank");
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = row => row.cells[column].dataset.v || "";
      const rows = $$("tbody tr", table);
      rows.sort((a, b) => {
        const x = key(a), y = key(b);
        if (x === "" || y === "") return (x === "") - (y === "");
        const order = numeric ? Number(x) - Number(y) : x.localeCompare(y, "en");
        return down ? -order : order;
      });
      $("tbody", table).append(...rows);
      if (done) done(head.dataset.metric);
    });
  });
}

const visible = board => $$("table.scores:not(.reported) tbody tr", board).filter(row => !row.hidden);

function filterable(board, done) {
  const input = $(".filter", board);
  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = $$("table.scores:not(.reported) tbody tr", board);
    rows.forEach(row => { row.hidden = !words.every(word => row.dataset.name.includes(word)); });
    $(".shown", board).textContent = words.length ? `${visible(board).length} of ${rows.length} rows` : "";
    done();
  };
  input.addEventListener("input", apply);
  const all = $(".all", board);
  if (all) all.addEventListener("change", () => $("table.scores", board).classList.toggle("every", all.checked));
}

function svg(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function ticks(low, high) {
  const rough = (high - low) / 6, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= rough);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-12; k++) found.push(k * step);
  return found;
}

function plot(board) {
  const box = $(".plot", board), place = $(".drawing", board), metric = $("select.metric", board);
  const heads = $$("table.scores:not(.reported) thead th", board);
  const draw = () => {
    const column = heads.findIndex(head => head.dataset.metric === metric.value);
    const points = visible(board).filter(row => row.cells[column].dataset.v).map(row => {
      const { v, low, high } = row.cells[column].dataset;
      return { name: row.dataset.label, kind: row.className, v: +v, low: +(low || v), high: +(high || v) };
    });
    place.replaceChildren();
    box.hidden = points.length < 2;
    if (box.hidden) return;
    const systems = points.filter(point => point.kind === "system").slice(0, 60);
    const levels = points.filter(point => point.kind !== "system");
    const width = Math.max(320, box.clientWidth || 900), left = Math.min(260, width * .46), line = 24, top = 38;
    const height = top + line * systems.length + 26;
    const shown = [...systems.flatMap(p => [p.low, p.high]), ...levels.map(p => p.v)];
    let min = Math.min(...shown), max = Math.max(...shown);
    const room = (max - min || 1) * .04; min -= room; max += room;
    const x = value => left + (value - min) / (max - min) * (width - left - 12);
    const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${metric.selectedOptions[0].text} of ${points.length} systems` });
    ticks(min, max).forEach(value => {
      drawing.append(svg("line", { class: "grid", x1: x(value), x2: x(value), y1: top - 8, y2: height - 18 }));
      drawing.append(svg("text", { class: "axis", x: x(value), y: height - 4, "text-anchor": "middle" }, String(+value.toPrecision(6)).replace(/^0\./, ".")));
    });
    let ends = [-1e9, -1e9];
    [...levels].sort((a, b) => a.v - b.v).forEach(level => {
      const at = x(level.v), wide = level.name.length * 6.2;
      const row = ends[0] < at - wide / 2 - 4 ? 0 : 1;
      ends[row] = at + wide / 2;
      drawing.append(svg("line", { class: "level", x1: at, x2: at, y1: top - 8, y2: height - 18 }));
      drawing.append(svg("text", { class: "levels", x: Math.min(at, width - wide / 2), y: row ? 12 : 25, "text-anchor": "middle" }, level.name));
    });
    systems.forEach((point, number) => {
      const y = top + line * number + line / 2;
      const fits = Math.floor((left - 14) / 7.4);
      const name = point.name.length > fits ? "…" + point.name.slice(1 - fits) : point.name;
      drawing.append(svg("text", { x: left - 14, y: y + 4, "text-anchor": "end" }, name));
      drawing.append(svg("line", { class: "bar", x1: x(point.low), x2: x(point.high), y1: y, y2: y }));
      const dot = svg("circle", { cx: x(point.v), cy: y, r: 4.5 });
      dot.append(svg("title", {}, `${point.name}: ${short(point.v)}`));
      drawing.append(dot);
    });
    place.append(drawing);
  };
  metric.addEventListener("change", draw);
  board.addEventListener("shown", draw);
  addEventListener("resize", draw);
  return { draw, choose: name => { if (name) metric.value = name; draw(); } };
}

function events(found, box) {
  box.hidden = !found.length;
  if (!found.length) return;
  const end = Math.max(...found.map(one => one[2])), names = [...new Set(found.map(one => one[0]))];
  const width = 900, left = 150, line = 18, x = time => left + time / end * (width - left - 4);
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${line * names.length + 16}`, role: "img", "aria-label": "when each event is heard" });
  names.forEach((name, row) => drawing.append(svg("text", { x: left - 8, y: line * row + 13, "text-anchor": "end" }, name)));
  found.forEach(([name, onset, offset]) => {
    const bar = svg("rect", { x: x(onset), y: line * names.indexOf(name) + 3, width: Math.max(2, x(offset) - x(onset)), height: line - 6, rx: 3 });
    bar.append(svg("title", {}, `${name}: ${onset.toFixed(1)} to ${offset.toFixed(1)} s`));
    drawing.append(bar);
  });
  drawing.append(svg("text", { class: "axis", x: left, y: line * names.length + 13 }, "0 s"));
  drawing.append(svg("text", { class: "axis", x: width - 4, y: line * names.length + 13, "text-anchor": "end" }, `${end.toFixed(1)} s`));
  box.replaceChildren(drawing);
}

function curve({ stage, series }) {
  const width = 320, height = 110, all = series.flatMap(([, values]) => values).filter(value => value !== null);
  const low = Math.min(...all), high = Math.max(...all), count = Math.max(...series.map(([, values]) => values.length));
  const x = at => 34 + at / Math.max(1, count - 1) * (width - 40), y = value => 8 + (high - value) / (high - low || 1) * (height - 30);
  const figure = make("figure"), drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `learning curves of ${stage}` });
  series.forEach(([name, values], number) => {
    const points = values.map((value, at) => value === null ? null : `${x(at).toFixed(1)},${y(value).toFixed(1)}`).filter(Boolean);
    const drawn = svg("polyline", { class: `series${number}`, points: points.join(" ") });
    drawn.append(svg("title", {}, name));
    drawing.append(drawn);
  });
  drawing.append(svg("text", { class: "axis", x: 30, y: 14, "text-anchor": "end" }, high.toPrecision(2)));
  drawing.append(svg("text", { class: "axis", x: 30, y: height - 22, "text-anchor": "end" }, low.toPrecision(2)));
  drawing.append(svg("text", { class: "axis", x: width - 6, y: height - 4, "text-anchor": "end" }, `${count} epochs`));
  figure.append(drawing, make("figcaption", "quiet", `${stage}: ${series.map(([name], number) => `${name.replaceAll("_", " ")}${number ? " (dashed)" : ""}`).join(", ")}`));
  return figure;
}

function rowsOf(lines, className) {
  const table = make("table", className), body = make("tbody");
  lines.forEach(cells => { const row = make("tr"); cells.forEach(text => row.append(make("td", "", text))); body.append(row); });
  table.append(body);
  return table;
}

function sideBySide(one, other, data, labels) {
  const part = make("div", "versus"), find = id => data.systems.find(system => system.id === id);
  const a = find(one), b = find(other);
  if (!a || !b) return make("p", "quiet", "their captions are not on this page");
  const metric = Math.max(0, data.metrics.indexOf(data.rank_by));
  const gaps = data.clips.map((name, at) => ({ at, name, gap: (b.scores[at][metric] ?? 0) - (a.scores[at][metric] ?? 0) }));
  const wins = [gaps.filter(one => one.gap < 0).length, gaps.filter(one => one.gap > 0).length];
  part.append(make("p", "", `${labels[data.metrics[metric]]}, first seed of each: ${a.code} is ahead on ${wins[0]} clips, ${b.code} on ${wins[1]}, equal on ${gaps.length - wins[0] - wins[1]}.`));
  const said = (system, at) => system.said[at].map(number => data.texts[number]).join(" · ");
  const shown = gaps.filter(one => one.gap).sort((x, y) => Math.abs(y.gap) - Math.abs(x.gap)).slice(0, 8);
  shown.forEach(({ at, name, gap }) => {
    const item = make("div", "clip-pair");
    item.append(make("p", "quiet", `${name}: ${gap > 0 ? b.code : a.code} ahead by ${short(Math.abs(gap) / 1000)}`));
    [a, b].forEach(system => { const p = make("p", system === (gap > 0 ? b : a) ? "ahead" : ""); p.append(make("span", "who", system.code), document.createTextNode(" " + said(system, at))); item.append(p); });
    part.append(item);
  });
  return part;
}

function panels(board) {
  const source = $("script.panels", board), box = $(".panel", board);
  if (!source || !box) return;
  const all = JSON.parse(source.textContent), explored = $("script.data", board);
  const data = explored ? JSON.parse(explored.textContent) : null;
  const labels = Object.fromEntries($$("thead th[data-metric]", board).map(th => [th.dataset.metric, $("button", th).textContent]));
  const close = () => { box.hidden = true; box.replaceChildren(); $$("button.open[aria-expanded=true]", board).forEach(one => one.setAttribute("aria-expanded", "false")); };
  const heading = text => make("h4", "", text);
  const open = (id, button) => {
    const one = all[id];
    close();
    button.setAttribute("aria-expanded", "true");
    const head = make("div", "head"), shut = make("button", "shut", "close");
    shut.type = "button";
    shut.addEventListener("click", () => { close(); button.focus(); });
    head.append(make("h3", "", one.name), make("span", "code", one.code === one.name ? "" : one.code), shut);
    const links = make("p", "links");
    one.links.forEach(([text, target]) => { const link = make("a", "", text); link.href = target; link.rel = "noopener"; links.append(link); });
    box.append(head, make("p", "", one.summary), links);
    const facts = make("dl", "facts-list");
    one.facts.forEach(([name, value]) => facts.append(make("dt", "", name), make("dd", "", value)));
    box.append(facts, heading("Every seed"));
    const scroll = make("div", "scroll");
    scroll.append(rowsOf([["seed", ...one.metrics], ...one.seeds], "small-table"));
    box.append(scroll);
    if (one.curves.length) { const row = make("div", "curves"); one.curves.forEach(found => row.append(curve(found))); box.append(heading("Learning curves"), row); }
    if (one.claims.length) { box.append(heading("Claims about it")); one.claims.forEach(([verdict, claim, effects]) => { const p = make("p", `verdict-line ${verdict.replace(" ", "-")}`); p.append(make("b", "verdict", verdict), document.createTextNode(` ${claim} `), make("span", "quiet", effects)); box.append(p); }); }
    if (one.settings.length) { const fold = make("details", "settings"); fold.append(make("summary", "", `Settings (${one.settings.length})`), rowsOf(one.settings, "small-table")); box.append(fold); }
    if (data) {
      const label = make("label", "", "Side by side with "), select = make("select", "versus-with"), result = make("div");
      select.append(make("option", "", "choose a system"));
      data.systems.filter(system => system.id !== id).forEach(system => { const option = make("option", "", system.code); option.value = system.id; select.append(option); });
      select.addEventListener("change", () => result.replaceChildren(...(all[select.value] ? [sideBySide(id, select.value, data, labels)] : [])));
      label.append(select);
      box.append(label, result);
    }
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
  };
  $$("button.open", board).forEach(button => button.addEventListener("click", () => button.getAttribute("aria-expanded") === "true" ? close() : open(button.closest("tr").dataset.id, button)));
}

function explorer(board) {
  const source = $("script.data", board);
  if (!source) return;
  const data = JSON.parse(source.textContent), box = $(".explorer", board);
  const clip = $("select.clip", box), order = $("select.order", box);
  const labels = Object.fromEntries($$("thead th[data-metric]", board).map(th => [th.dataset.metric, $("button", th).textContent]));
  data.clips.forEach((name, index) => { const option = make("option", "", name); option.value = index; clip.append(option); });
  const own = make("option", "", "rank"); own.value = -1; order.append(own);
  data.metrics.forEach((name, index) => { const option = make("option", "", labels[name] || name); option.value = index; order.append(option); });
  let started = false;
  const media = () => {
    const at = +clip.value, name = data.media[at], part = $(".media", box);
    events(data.events[at] || [], $(".events", box));
    if (!name) return;
    const image = $("img", part), audio = $("audio", part), folder = `media/${board.id}/`;
    image.onload = () => { part.hidden = false; };
    image.onerror = () => { part.hidden = true; };
    image.src = `${folder}${name}.png`;
    audio.src = `${folder}${name}.ogg`;
  };
  const show = () => {
    const at = +clip.value, by = +order.value;
    $(".references", box).replaceChildren(...data.references[at].map(text => make("li", "", text)));
    const systems = data.systems.filter(system => system.said[at].length);
    if (by >= 0) systems.sort((a, b) => (b.scores[at][by] ?? -1) - (a.scores[at][by] ?? -1));
    $(".said-by", box).replaceChildren(...systems.map(system => {
      const item = make("li", system.kind), words = make("div"), scores = make("dl");
      const [first, ...rest] = system.said[at].map(number => data.texts[number]);
      words.append(make("span", "who", `${system.code}`));
      words.append(make("p", "", first || "(nothing)"));
      if (rest.length) words.append(make("span", "who", `found: ${rest.join(", ")}`));
      system.scores[at].forEach((value, index) => {
        if (value === null) return;
        const one = make("div");
        one.append(make("dt", "", labels[data.metrics[index]] || data.metrics[index]), make("dd", "", short(value / 1000)));
        scores.append(one);
      });
      item.append(words, scores);
      if ((data.attention || []).includes(system.id)) {
        const fold = make("details"), picture = make("img");
        picture.alt = "attention of each word over time";
        picture.loading = "lazy";
        picture.onerror = () => fold.remove();
        picture.src = `media/${board.id}/${system.id}/${data.media[at]}.svg`;
        fold.append(make("summary", "", "attention over time"), picture);
        item.append(fold);
      }
      return item;
    }));
    media();
  };
  const turn = by => { clip.value = (+clip.value + by + data.clips.length) % data.clips.length; show(); };
  clip.addEventListener("change", show);
  order.addEventListener("change", show);
  $(".previous", box).addEventListener("click", () => turn(-1));
  $(".next", box).addEventListener("click", () => turn(1));
  $(".any", box).addEventListener("click", () => turn(1 + Math.floor(Math.random() * (data.clips.length - 1))));
  box.hidden = false;
  board.addEventListener("shown", () => { if (!started) { started = true; show(); } });
}

$$("section.board").forEach(board => {
  explorer(board);
  panels(board);
  $$("table.reported", board).forEach(table => sortable(table));
  const table = $("table.scores:not(.reported)", board);
  if (!table) return;
  const drawing = plot(board);
  sortable(table, drawing.choose);
  filterable(board, drawing.draw);
});
tabs();
