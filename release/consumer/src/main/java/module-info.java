module consumer {
    requires dev.reprise.optimizer;
    requires dev.reprise.runtime;
}
