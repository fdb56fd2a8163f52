package dev.reprise.runtime.session;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;

/** A session and how many plans use it. Guarded by its loaded model. */
public final class SharedSession {
    private final OrtSession session;
    private final String name;
    private int users;

    /** @param name for messages: the segment file, or the first and last of several */
    SharedSession(OrtSession session, String name) {
        this.session = session;
        this.name = name;
    }

    public OrtSession session() {
        return session;
    }

    public String name() {
        return name;
    }

    void take() {
        users++;
    }

    void release() {
        users--;
    }

    /** Whether no plan uses it: then it may be closed. */
    public boolean isIdle() {
        return users == 0;
    }

    void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("session " + name + " could not be closed", e);
        }
    }
}
