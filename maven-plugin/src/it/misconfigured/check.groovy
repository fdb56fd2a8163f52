String log = new File(basedir, 'build.log').text
assert log =~ /ERROR.*:verify \(default\) on project misconfigured: .*nowhere.*: not a recording/
assert log =~ /ERROR.*:verify \(default-cli\) on project misconfigured: the tolerance must be 0 or more, was -1/
assert log =~ /ERROR.*:verify \(default-cli\) on project misconfigured: .*nix/
for (named in [/.*nixblocks/, /.*nixdim/, /block-list, module and timestep need a model file, found the bundle/,
        /.*unknown policy 'sparse_middle'.*/, /rewrites must be none, safe or all, was 'fast'/, /bisect .*: expected a new or empty folder, found files in it/]) {
    assert log =~ /ERROR.*:verify \(default-cli\) on project misconfigured: $named/
}
assert !log.contains('Caused by')
// The help that the build generated.
for (parameter in ['model', 'recordings', 'policies', 'strict', 'minSpeedup', 'junit', 'provider', 'bisect', 'blockLists', 'dims', 'rewrites', 'skip']) {
    assert log =~ /(?m)^    $parameter\b/
}
