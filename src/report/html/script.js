(() => {
  const form = document.getElementById('filters');
  if (!form) return;
  form.hidden = false;
  const found = [...document.querySelectorAll('.finding')];
  const shown = document.getElementById('shown');
  const apply = () => {
    const on = new Set([...form.querySelectorAll('input[type=checkbox]:checked')].map((box) => box.value));
    const words = form.querySelector('input[type=search]').value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of found) {
      const text = one.textContent.toLowerCase();
      const fits = on.has(one.dataset.severity) && on.has(one.dataset.level) && words.every((word) => text.includes(word));
      one.hidden = !fits;
      count += fits;
    }
    shown.textContent = count + ' of ' + found.length + ' findings shown';
  };
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  // A stage of a graph leads to its finding, also when a filter hides it.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    const hidden = target && target.closest('.finding[hidden]');
    if (hidden) { hidden.hidden = false; hidden.scrollIntoView(); }
    if (target && target.classList.contains('finding')) target.focus({preventScroll: true});
  };
  window.addEventListener('hashchange', reveal);
  apply();
  reveal();
})();
