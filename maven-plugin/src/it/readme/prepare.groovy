String readme = new File(root, 'README.md').text

String block(String text, String language) {
    def found = text =~ /(?s)```$language\n(.*?)\n```/
    assert found.find() : "the README has a block of $language"
    found.group(1)
}

void replace(File file, String place, String text) {
    String before = file.text
    assert before.contains(place) : "$file has $place"
    file.text = before.replace(place, text)
}

// Plugins that the enclosing build has, in its versions: nothing is downloaded.
['maven-resources-plugin', 'maven-compiler-plugin', 'exec-maven-plugin'].each {
    def version = new File(root, 'pom.xml').text =~ "<artifactId>$it</artifactId>\\s*<version>([^<]+)<"
    assert version.find() : "the enclosing build has $it"
    replace(new File(basedir, 'pom.xml'), "{{$it}}", version.group(1))
}
replace(new File(basedir, 'pom.xml'), '<!-- dependency -->', block(readme, 'xml'))
replace(new File(basedir, 'src/main/java/consumer/Main.java'), '// example', block(readme, 'java'))
