String log = new File(basedir, 'build.log').text
assert log.contains('2 of 2 replays differ from the recording: none, fbc')
assert log.contains('none: cause: the model has other weights: 1 weight (transformer_blocks.2.attn1.to_out.0.bias)')
assert log.contains('none: first drift: step 0, transformer_blocks.2.attn1 (')
assert log.contains('reprise.skip is set')
assert new File(basedir, 'target/verify.xml').text.contains('transformer_blocks.2.attn1')
// A line of its own, which GitHub reads as a command.
assert log =~ /(?m)^::error title=reprise verify%3A none DRIFT::.*transformer_blocks\.2\.attn1/
assert log.count('first difference written to ') == 2
assert new File(basedir, 'target/part/README.md').text.contains('transformer_blocks.2.attn1 at step 0')
assert new File(basedir, 'target/part/model.onnx').length() > 0
