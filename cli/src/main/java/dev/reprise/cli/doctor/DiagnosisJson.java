package dev.reprise.cli.doctor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.ort.provider.Device;
import dev.reprise.verify.text.Json;

/** {@code docs/schema/doctor.schema.json}. */
final class DiagnosisJson {
    private DiagnosisJson() {}

    static ObjectNode of(Diagnosis diagnosis) {
        ObjectNode json = Json.document();
        json.put("healthy", diagnosis.isHealthy());
        json.set("findings", findings(diagnosis));
        json.set("versions", versions(diagnosis.versions()));
        OrtFacts ort = diagnosis.ort();
        json.set("onnxruntime_jars", Json.strings(ort.jars()));
        json.set("providers", providers(ort));
        json.set("devices", devices(ort));
        json.putObject("native_layer").put("available", ort.nativeLayer()).put("description", ort.nativeDescription());
        json.set("memory", memory(diagnosis.memory()));
        ThreadFacts threads = diagnosis.threads();
        json.putObject("threads")
                .put("java_cores", threads.javaCores())
                .put("physical_cores", threads.physicalCores())
                .put("pool_threads", threads.poolThreads());
        TextFacts text = diagnosis.text();
        json.putObject("text")
                .put("locale", text.locale())
                .put("charset", text.charset())
                .put("file_names", text.fileNames());
        return json;
    }

    private static ArrayNode findings(Diagnosis diagnosis) {
        ArrayNode array = Json.array();
        for (Finding finding : diagnosis.findings()) {
            array.addObject()
                    .put("severity", finding.severity().label())
                    .put("area", finding.area())
                    .put("message", finding.message())
                    .put("advice", finding.advice());
        }
        return array;
    }

    static ObjectNode versions(Versions versions) {
        return Json.object()
                .put("reprise", versions.reprise())
                .put("java", versions.java())
                .put("java_vendor", versions.javaVendor())
                .put("system", versions.system())
                .put("onnxruntime", versions.onnxRuntime())
                .put("nvidia_driver", versions.nvidiaDriver())
                .put("cuda", versions.cuda())
                .put("cudnn", versions.cudnn());
    }

    private static ArrayNode providers(OrtFacts ort) {
        ArrayNode array = Json.array();
        for (ProviderFacts provider : ort.providers()) {
            array.addObject()
                    .put("provider", provider.provider().name())
                    .put("requested", provider.requested())
                    .put("compiled_in", provider.compiledIn())
                    .put("usable", provider.isUsable())
                    .put(
                            "reason",
                            provider.problem() == null
                                    ? null
                                    : provider.problem().reason());
        }
        return array;
    }

    private static ArrayNode devices(OrtFacts ort) {
        ArrayNode array = Json.array();
        for (Device device : ort.devices()) {
            array.addObject()
                    .put("execution_provider", device.provider())
                    .put("kind", device.kind())
                    .put("vendor", device.vendor())
                    .put("id", device.id());
        }
        return array;
    }

    private static ObjectNode memory(MemoryFacts memory) {
        return Json.object()
                .put("heap_limit_bytes", memory.heapLimitBytes())
                .put("physical_bytes", memory.physicalBytes())
                .put("container_limit_bytes", memory.containerLimitBytes())
                .put("free_bytes", memory.freeBytes());
    }
}
