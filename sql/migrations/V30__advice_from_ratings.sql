-- A fifth rule: a lot that consumers like less than those like it.
ALTER TABLE recommandations DROP CONSTRAINT recommandations_regle_check;
ALTER TABLE recommandations ADD CONSTRAINT recommandations_regle_check
    CHECK (regle IN ('suivi_du_plan', 'mais_sans_foie', 'ambiance', 'avis', 'a_reprendre'));
