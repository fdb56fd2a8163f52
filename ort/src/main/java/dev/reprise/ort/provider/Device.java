package dev.reprise.ort.provider;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtEpDevice;
import ai.onnxruntime.OrtException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A device that an execution provider offers in this process.
 *
 * @param provider ONNX Runtime's name: {@code CPUExecutionProvider}
 * @param kind {@code cpu}, {@code gpu} or {@code npu}
 * @param vendor who made the device
 * @param id its number, as the vendor counts
 * @param metadata what else the provider says
 */
public record Device(String provider, String kind, String vendor, int id, Map<String, String> metadata) {
    public Device {
        metadata = Map.copyOf(metadata);
    }

    static Device of(OrtEpDevice device) {
        return new Device(
                device.getEpName(),
                device.getDevice().getType().name().toLowerCase(Locale.ROOT),
                device.getDevice().getVendor(),
                device.getDevice().getDeviceId(),
                device.getEpMetadata());
    }

    /** All of them. */
    public static List<Device> all(OrtEnvironment environment) {
        try {
            return environment.getEpDevices().stream().map(Device::of).toList();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime does not list its devices: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return vendor + " " + kind + " " + id + " (" + provider + ")";
    }
}
