import { addTexts, onLanguageChange, t } from "./i18n.js";
import { startPreferences } from "./page-header.js";
import { en, fr } from "./texts/missing.js";

addTexts({ fr, en });
startPreferences();

const title = () => (document.title = t("missing.title"));
onLanguageChange(title);
title();
