// Pages that have every word of the question; those with a word in the title first.
const root = document.body.dataset.root, field = document.getElementById("search"), found = document.getElementById("found");
if (matchMedia("(max-width: 720px)").matches) document.querySelector(".menu").open = false;
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = !words.length ? [] : pages
    .map(page => ({ page, title: page.title.toLowerCase(), text: page.words.toLowerCase() }))
    .filter(hit => words.every(word => hit.title.includes(word) || hit.text.includes(word)))
    .sort((a, b) => words.some(w => b.title.includes(w)) - words.some(w => a.title.includes(w)));
  found.replaceChildren(...hits.slice(0, 12).map(hit => {
    const link = document.createElement("a"), line = document.createElement("small");
    const at = Math.max(0, hit.text.indexOf(words[0]) - 30);
    link.href = root + hit.page.address;
    link.textContent = hit.page.title;
    line.textContent = hit.page.words.slice(at, at + 110);
    link.append(line);
    return link;
  }));
});
