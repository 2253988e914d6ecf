export const fr = {
  "missing.title": "Page introuvable",
  "missing.why": "Rien n’est servi à cette adresse. Elle est peut-être mal écrite, ou ce qu’elle montrait n’existe plus.",
};

export const en = {
  "missing.title": "Page not found",
  "missing.why": "Nothing is served at this address. It may be misspelt, or what it showed is no longer there.",
};
