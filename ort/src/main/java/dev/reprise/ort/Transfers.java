package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.TensorInfo;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.api.TransferCount;
import dev.reprise.ort.element.ElementTypes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings the tensors of one generation to where they are needed, the memory of the CPU or of a device, and counts what crosses. On the
 * CPU nothing does. Used by one thread at a time.
 */
public final class Transfers {
    private final @Nullable DeviceMemory device;
    private final boolean onDevice;
    private final LiveTensors live;
    private long toDevice;
    private long toHost;
    private long bytesToDevice;
    private long bytesToHost;
    private long waits;
    private boolean unfinished;

    /**
     * @param device memory of the device that sessions run on, null on the CPU and where tensors cannot stay on the device
     * @param onDevice whether sessions run on a device
     * @param live counts the tensors that are made
     */
    public Transfers(@Nullable DeviceMemory device, boolean onDevice, LiveTensors live) {
        this.device = device;
        this.onDevice = onDevice;
        this.live = live;
    }

    /** The tensor where Java and operators on the CPU can read it; copied there if need be, once. */
    public OnnxTensor onHost(CountedTensor tensor) {
        if (!tensor.isOnDevice()) {
            return tensor.tensor();
        }
        CountedTensor known = tensor.counterpart();
        if (known == null) {
            known = toHost(tensor);
            tensor.counterpart(known);
        }
        return known.tensor();
    }

    /** The tensor where operators on the device can read it; copied there if need be, once. */
    OnnxTensor onDevice(CountedTensor tensor) {
        if (tensor.isOnDevice() || device == null) {
            return tensor.tensor();
        }
        CountedTensor known = tensor.counterpart();
        if (known == null) {
            wentToDevice(tensor);
            OnnxTensor copy = device.toDevice(tensor.tensor(), tensor.elementType());
            ran(!device.runsAreOrdered());
            known = CountedTensor.owned(copy, tensor.elementType(), true, live);
            tensor.counterpart(known);
        }
        return known.tensor();
    }

    /** Another tensor with the same content that Java can read. */
    public CountedTensor toHost(CountedTensor tensor) {
        if (device == null) {
            throw new IllegalStateException("no tensor is on a device, and none can be copied from there");
        }
        OnnxTensor copy = device.toHost(tensor.tensor(), tensor.elementType());
        ran(true);
        cameToHost(copy);
        return CountedTensor.owned(copy, tensor.elementType(), false, live);
    }

    /** A copy on the device for a caller, who may hold it for longer than the model is open. */
    public CountedTensor lasting(CountedTensor tensor) {
        if (device == null) {
            throw new IllegalStateException("no tensor is on a device");
        }
        OnnxTensor copy = device.toDevice(tensor.tensor(), tensor.elementType());
        ran(!device.runsAreOrdered());
        return CountedTensor.owned(copy, tensor.elementType(), true, live);
    }

    /** Waits until everything that ran is finished, if something was not waited for. */
    public void finish() {
        if (unfinished && device != null) {
            device.await();
            ran(true);
        }
    }

    boolean runsAreOrdered() {
        return device != null && device.runsAreOrdered();
    }

    void ran(boolean waited) {
        unfinished = !waited;
        if (waited) {
            waits++;
        }
    }

    private void wentToDevice(CountedTensor tensor) {
        toDevice++;
        bytesToDevice += tensor.bytes();
    }

    void cameToHost(OnnxTensor tensor) {
        toHost++;
        bytesToHost += bytes(tensor);
    }

    /** A plain run on a device takes every input from the CPU's memory. */
    void fedPlainly(CountedTensor tensor) {
        if (onDevice) {
            wentToDevice(tensor);
        }
    }

    /** A plain run on a device brings every output to the CPU's memory. */
    void madePlainly(List<OnnxTensor> results) {
        if (onDevice) {
            results.forEach(this::cameToHost);
            ran(true);
        }
    }

    private static long bytes(OnnxTensor tensor) {
        TensorInfo info = tensor.getInfo();
        ElementType type = ElementTypes.of(info);
        return type == null ? 0 : type.bytes(info.getNumElements());
    }

    /** What crossed since the last call. */
    public TransferCount take() {
        TransferCount count = new TransferCount(toDevice, toHost, bytesToDevice, bytesToHost, waits);
        toDevice = 0;
        toHost = 0;
        bytesToDevice = 0;
        bytesToHost = 0;
        waits = 0;
        return count;
    }
}
