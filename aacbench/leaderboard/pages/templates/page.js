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
    const name = data.media[+clip.value], part = $(".media", box);
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
      words.append(make("span", "who", `${system.method} ${system.variant === "default" ? "" : system.variant}`));
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
  $$("table.reported", board).forEach(table => sortable(table));
  const table = $("table.scores:not(.reported)", board);
  if (!table) return;
  const drawing = plot(board);
  sortable(table, drawing.choose);
  filterable(board, drawing.draw);
});
tabs();
