String log = new File(basedir, 'build.log').text
assert log.contains('2 of 2 replays differ from the recording: none, fbc')
assert log.contains('none: cause: the model has other weights: 1 weight (transformer_blocks.2.attn1.to_out.0.bias)')
assert log.contains('none: first drift: step 0, transformer_blocks.2.attn1 (')
assert log.contains('reprise.skip is set')
assert new File(basedir, 'target/verify.xml').text.contains('transformer_blocks.2.attn1')
