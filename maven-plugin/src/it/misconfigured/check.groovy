String log = new File(basedir, 'build.log').text
assert log =~ /ERROR.*:verify \(default\) on project misconfigured: .*nowhere.*: not a recording/
assert log =~ /ERROR.*:verify \(default-cli\) on project misconfigured: the tolerance must be 0 or more, was -1/
assert log =~ /ERROR.*:verify \(default-cli\) on project misconfigured: .*nix/
assert !log.contains('Caused by')
// The help that the build generated.
for (parameter in ['model', 'recordings', 'policies', 'strict', 'minSpeedup', 'junit', 'provider', 'skip']) {
    assert log =~ /(?m)^    $parameter\b/
}
