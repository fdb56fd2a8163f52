String log = new File(basedir, 'build.log').text
// Once on the class path and once on the module path: what the example prints, and that it cached something.
assert (log =~ /(?m)^3 steps in .* decisions \{.*REUSE=/).count == 2
assert (log =~ /(?m)^unnamed module: 3 outputs$/).count == 1
assert (log =~ /(?m)^module consumer: 3 outputs$/).count == 1
