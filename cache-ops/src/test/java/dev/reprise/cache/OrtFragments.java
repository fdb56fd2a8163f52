package dev.reprise.cache;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.reprise.cache.math.Fragment;
import dev.reprise.cache.math.FragmentRunner;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs fragments in ONNX Runtime on the CPU. Tensors are kept open until it is closed. */
public final class OrtFragments implements FragmentRunner, AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final Map<Fragment, OrtSession> sessions = new HashMap<>();
    private final List<OnnxTensor> open = new ArrayList<>();
    private final List<String> ran = new ArrayList<>();

    record OrtTensor(OnnxTensor value) implements Tensor {
        @Override
        public ElementType elementType() {
            return ElementType.valueOf(value.getInfo().type.name());
        }

        @Override
        public long[] shape() {
            return value.getInfo().getShape();
        }

        @Override
        public long bytes() {
            return elementType().bytes(value.getInfo().getNumElements());
        }
    }

    /** Names of the fragments run so far, in order. */
    List<String> ran() {
        return ran;
    }

    public int sessions() {
        return sessions.size();
    }

    public Tensor tensor(long[] shape, float... values) {
        try {
            return keep(OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape));
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    public Tensor bytes(OnnxJavaType type, long[] shape, ByteBuffer values) {
        try {
            return keep(OnnxTensor.createTensor(environment, values.order(ByteOrder.nativeOrder()), shape, type));
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    public static float[] values(Tensor tensor) {
        OnnxTensor value = ((OrtTensor) tensor).value();
        FloatBuffer buffer = value.getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }

    @Override
    public List<Tensor> run(Fragment fragment, List<Tensor> inputs) {
        ran.add(fragment.name());
        try {
            OrtSession session = sessions.get(fragment);
            if (session == null) {
                session = environment.createSession(fragment.model());
                sessions.put(fragment, session);
            }
            Map<String, OnnxTensor> feeds = new LinkedHashMap<>();
            for (int i = 0; i < inputs.size(); i++) {
                feeds.put(fragment.inputs().get(i), ((OrtTensor) inputs.get(i)).value());
            }
            OrtSession.Result result = session.run(feeds);
            List<Tensor> outputs = new ArrayList<>();
            for (String name : fragment.outputs()) {
                outputs.add(keep((OnnxTensor) result.get(name).orElseThrow()));
            }
            return outputs;
        } catch (OrtException e) {
            throw new IllegalStateException("fragment " + fragment, e);
        }
    }

    @Override
    public Tensor floats(float... values) {
        return tensor(new long[] {values.length}, values);
    }

    @Override
    public float figure(Fragment fragment, List<Tensor> inputs) {
        return values(run(fragment, inputs).get(0))[0];
    }

    private OrtTensor keep(OnnxTensor value) {
        open.add(value);
        return new OrtTensor(value);
    }

    @Override
    public void close() throws OrtException {
        open.forEach(OnnxTensor::close);
        for (OrtSession session : sessions.values()) {
            session.close();
        }
    }
}
