String log = new File(basedir, 'build.log').text
assert log =~ /none: (SAME-BITS|WITHIN)\b/
assert log =~ /sparse: (SAME-BITS|WITHIN)\b/
