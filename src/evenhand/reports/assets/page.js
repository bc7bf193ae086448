(function (d) {
  "use strict";
  var root = d.documentElement, main = d.getElementById("main"), $ = function (id) { return d.getElementById(id); };
  function all(css, from) { return Array.prototype.slice.call((from || d).querySelectorAll(css)); }
  function show(el, on) { if (el) el.hidden = !on; }

  /* light and dark, print */
  function dark() { return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches; }
  var theme = $("theme");
  function named() { theme.textContent = dark() ? "Light" : "Dark"; }
  theme.addEventListener("click", function () { root.dataset.theme = dark() ? "light" : "dark"; named(); });
  named();
  $("print").addEventListener("click", function () { print(); });
  show(d.querySelector(".top .end"), true);

  /* a number leads to its turns */
  var found = $("found"), script = $("script");
  function closeFound() { show(found, false); found.textContent = ""; }
  all('a[href^="#ev-"]').forEach(function (link) {
    link.addEventListener("click", function (event) {
      var list = $(link.getAttribute("href").slice(1));
      if (!list || !script) return;
      event.preventDefault();
      var radio = $("mark-" + list.dataset.key);
      if (radio) {
        radio.checked = true;
        var fold = radio.closest("details");
        if (fold) fold.open = true;
      }
      whole();
      found.textContent = "";
      var copy = list.cloneNode(true), close = d.createElement("button"), turns = all("a", copy);
      copy.removeAttribute("id");
      close.type = "button";
      close.textContent = "Close the list";
      close.addEventListener("click", function () { closeFound(); link.focus(); });
      found.appendChild(copy);
      found.appendChild(close);
      show(found, true);
      turns.forEach(function (a) { a.addEventListener("click", function (e) { e.preventDefault(); go(a.getAttribute("href").slice(1)); }); });
      if (turns[0]) go(turns[0].getAttribute("href").slice(1));
    });
  });
  function go(id) {
    var turn = $(id);
    if (!turn) return;
    turn.hidden = false;
    turn.focus({ preventScroll: true });
    turn.scrollIntoView({ block: "center" });
  }
  all('a[href^="#turn-"]').forEach(function (a) {
    a.addEventListener("click", function () { var t = $(a.getAttribute("href").slice(1)); if (t && t.hidden) whole(); });
  });

  /* a stretch of the session, by pointer or by the two sliders */
  var box = d.querySelector(".brushable"), from = $("from"), to = $("to");
  function clock(s) { var h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60, r = Math.floor(s) % 60; return (h ? h + ":" + (m < 10 ? "0" : "") : "") + m + ":" + (r < 10 ? "0" : "") + r; }
  function place(x) { return box.dataset.timed === "1" ? clock(x / 100 * box.dataset.length) : Math.round(x) + " %"; }
  function stretch() {
    if (!box) return;
    var a = Math.min(+from.value, +to.value), b = Math.max(+from.value, +to.value), every = a <= 0 && b >= 100, n = 0, turns = all(".turns li");
    turns.forEach(function (li) { var inside = every || (+li.dataset.b >= a && +li.dataset.a <= b); li.hidden = !inside; if (inside) n += 1; });
    var brush = box.querySelector(".brush");
    brush.setAttribute("x", a + "%");
    brush.setAttribute("width", (b - a) + "%");
    brush.classList.toggle("on", !every);
    var said = every ? "Everything" : place(a) + " to " + place(b);
    $("stretch").textContent = said;
    from.setAttribute("aria-valuetext", place(a));
    to.setAttribute("aria-valuetext", place(b));
    show($("whole"), !every);
    $("filtered").textContent = every ? "" : "Shown: " + said + ", " + n + " of " + turns.length + " turns.";
  }
  function whole() { if (box) { from.value = 0; to.value = 100; stretch(); } }
  if (box && script) {
    show(d.querySelector(".stretch"), true);
    from.addEventListener("input", stretch);
    to.addEventListener("input", stretch);
    $("whole").addEventListener("click", function () { whole(); from.focus(); });
    var start = null;
    var at = function (e) { var r = box.getBoundingClientRect(); return Math.max(0, Math.min(100, (e.clientX - r.left) / r.width * 100)); };
    box.addEventListener("pointerdown", function (e) { if (e.button || e.target.closest("a")) return; start = at(e); box.setPointerCapture(e.pointerId); });
    box.addEventListener("pointermove", function (e) {
      if (start === null) return;
      var x = at(e);
      if (Math.abs(x - start) < 0.7) return;
      from.value = Math.min(start, x); to.value = Math.max(start, x); stretch();
    });
    box.addEventListener("pointerup", function (e) { if (start !== null && Math.abs(at(e) - start) < 0.7) whole(); start = null; });
    box.addEventListener("pointercancel", function () { start = null; });
    stretch();
  }

  /* which reading fits, and "I disagree": kept in this browser, saved as a file */
  var study = main.dataset.study, session = main.dataset.session, prefix = "evenhand:" + study + ":";
  var store = (function () { try { localStorage.setItem(prefix + "?", "1"); localStorage.removeItem(prefix + "?"); return localStorage; } catch (e) { return null; } })();
  var moments = all(".moment"), by = all('input[name="by"]'), kept = $("kept");
  function key(m) { return prefix + encodeURIComponent(session) + ":" + m.dataset.kind + ":" + m.dataset.turn; }
  function say(text) { if (kept) kept.textContent = text; }
  function keep(m) {
    var picked = all('input[name="reading"]:checked', m).map(function (i) { return i.value; });
    var on = m.querySelector(".disagree").getAttribute("aria-pressed") === "true";
    var who = by.filter(function (i) { return i.checked; })[0];
    var entry = { session_id: session, moment: m.dataset.kind, turn: +m.dataset.turn, by: who ? who.value : "", disagree: on, readings: picked, reason: on ? m.querySelector('input[type="text"]').value : "", at: new Date().toISOString() };
    if (!store) { say("This browser keeps nothing for local files; save as a file before closing."); m.entry = entry; return; }
    if (on || picked.length) store.setItem(key(m), JSON.stringify(entry)); else store.removeItem(key(m));
  }
  function press(m, on) { m.querySelector(".disagree").setAttribute("aria-pressed", on); show(m.querySelector(".why-line"), on); }
  function fill(m) {
    var entry = null;
    try { entry = JSON.parse(store && store.getItem(key(m))); } catch (e) { entry = null; }
    all('input[name="reading"]', m).forEach(function (i) { i.checked = !!entry && (entry.readings || []).indexOf(i.value) >= 0; });
    press(m, !!entry && entry.disagree === true);
    m.querySelector('input[type="text"]').value = entry ? entry.reason || "" : "";
    if (entry && entry.by) by.forEach(function (i) { i.checked = i.value === entry.by; });
  }
  function entries() {
    var out = [];
    if (!store) moments.forEach(function (m) { if (m.entry) out.push(m.entry); });
    else for (var i = 0; i < store.length; i += 1) {
      var k = store.key(i);
      if (k.indexOf(prefix) === 0) try { out.push(JSON.parse(store.getItem(k))); } catch (e) { /* an entry of another make */ }
    }
    return out.sort(function (a, b) { return a.session_id < b.session_id ? -1 : a.session_id > b.session_id ? 1 : a.turn - b.turn; });
  }
  if (moments.length) {
    show(d.querySelector(".by"), true);
    show(d.querySelector(".keep"), true);
    by.forEach(function (i) { i.checked = i.value === main.dataset.viewer; i.addEventListener("change", function () { moments.forEach(function (m) { if (m.entry || (store && store.getItem(key(m)))) keep(m); }); }); });
    moments.forEach(function (m) {
      show(m.querySelector(".dis"), true);
      m.querySelector(".disagree").addEventListener("click", function () {
        var on = m.querySelector(".disagree").getAttribute("aria-pressed") !== "true";
        press(m, on);
        if (on) m.querySelector('input[type="text"]').focus();
        keep(m);
      });
      all("input", m).forEach(function (i) { i.addEventListener("change", function () { keep(m); }); });
      fill(m);
    });
    $("export").addEventListener("click", function () {
      var list = entries();
      if (!list.length) { say("There is nothing to save yet."); return; }
      var file = { schema: "evenhand-disagreements/1", study: study, disagreements: list };
      var link = d.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
      link.download = "evenhand-disagreements.json";
      d.body.appendChild(link);
      link.click();
      link.remove();
      say(list.length + (list.length === 1 ? " entry saved." : " entries saved."));
    });
    $("forget").addEventListener("click", function () {
      if (store) Object.keys(store).filter(function (k) { return k.indexOf(prefix) === 0; }).forEach(function (k) { store.removeItem(k); });
      moments.forEach(function (m) { m.entry = null; fill(m); });
      say("Forgotten.");
    });
  }
})(document);
