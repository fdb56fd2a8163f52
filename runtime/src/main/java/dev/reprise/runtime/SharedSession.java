package dev.reprise.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;

/** A session and how many plans use it. Guarded by its loaded model. */
final class SharedSession {
    private final OrtSession session;
    private final String name;
    private int users = 1;

    /** @param name for messages: the segment file, or the first and last of several */
    SharedSession(OrtSession session, String name) {
        this.session = session;
        this.name = name;
    }

    OrtSession session() {
        return session;
    }

    String name() {
        return name;
    }

    SharedSession share() {
        users++;
        return this;
    }

    /** Whether this was the last user: then the session is closed. */
    boolean release() {
        if (--users > 0) {
            return false;
        }
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("session " + name + " could not be closed", e);
        }
        return true;
    }
}
