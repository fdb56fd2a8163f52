String log = new File(basedir, 'build.log').text
assert log =~ /(?s)verify \(default\) @ green.*none: (SAME-BITS|WITHIN)\b.*fbc: (SAME-BITS|WITHIN)\b.*verify \(again\) @ green/
def again = log.substring(log.indexOf('verify (again) @ green'))
assert again =~ /none: (SAME-BITS|WITHIN)\b/
assert !again.contains('fbc')
for (report in ['verify.xml', 'verify.sarif', 'verify.md', 'verify.html']) {
    assert new File(basedir, "target/$report").length() > 0
}
