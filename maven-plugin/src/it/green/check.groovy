String log = new File(basedir, 'build.log').text
assert log =~ /none: (SAME-BITS|WITHIN)/
assert log =~ /fbc: (SAME-BITS|WITHIN)/
for (report in ['verify.xml', 'verify.sarif', 'verify.md', 'verify.html']) {
    assert new File(basedir, "target/$report").length() > 0
}
