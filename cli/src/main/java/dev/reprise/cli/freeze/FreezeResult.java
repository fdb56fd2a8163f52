package dev.reprise.cli.freeze;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.measure.Workload.Outcome;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Wrap;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import dev.reprise.verify.text.Units;

/**
 * A mask, and how it compares with the policy whose decisions it repeats.
 *
 * @param policy the policy that ran
 * @param ofPolicy what came out with it
 * @param mask its decisions as {@code step_mask}
 * @param ofMask what comes out with that
 */
record FreezeResult(PolicyChoice policy, Outcome ofPolicy, PolicyChoice mask, Outcome ofMask) {

    /** {@code docs/schema/freeze.schema.json}; {@code --policy-config} reads it. */
    ObjectNode json() {
        ObjectNode json = Json.document();
        json.setAll(mask.json());
        put(json, ofMask);
        ObjectNode from = json.putObject("frozen_from");
        from.set("configuration", policy.json());
        put(from, ofPolicy);
        return json;
    }

    private static void put(ObjectNode json, Outcome outcome) {
        json.put("computed_share", outcome.computedShare());
        json.set("psnr_db", Json.number(outcome.psnr()));
    }

    void print(Page out) {
        out.println(mask.parameters().path("mask").asText());
        Wrap.print(out, "", "The mask: " + describe(ofMask) + ". " + policy.label() + ": " + describe(ofPolicy) + ".");
    }

    private static String describe(Outcome outcome) {
        return Units.percent(outcome.computedShare()) + " computed, PSNR " + Units.decibel(outcome.psnr());
    }
}
