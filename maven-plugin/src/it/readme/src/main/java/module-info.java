module consumer {
    requires dev.reprise.runtime;
}
