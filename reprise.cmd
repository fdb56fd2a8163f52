@echo off
rem Runs the reprise command on Windows; builds it first when there is no build or a source is newer than it.
rem It takes the same variables as ./reprise. It has not run on Windows yet.
rem
rem   REPRISE_SKIP_BUILD=1   never build, run what is there
rem   REPRISE_MVN_ARGS       more arguments for the build, e.g. -Pcuda
rem   REPRISE_JAVA_OPTS      more arguments for the JVM, e.g. -Xmx8g
rem   REPRISE_PLUGINS        jars, or folders with jars, that have policies of others, separated by ';'
rem
rem Jars in the folder plugins beside this file are found by themselves.
setlocal EnableExtensions DisableDelayedExpansion
set "root=%~dp0"
rem In a release the jar lies beside this file; the sources build it.
set "jar=%root%reprise-cli.jar"
if exist "%jar%" goto check
set "jar=%root%cli\target\reprise-cli.jar"

if "%REPRISE_SKIP_BUILD%"=="1" goto check
powershell -NoProfile -NonInteractive -Command ^
  "$jar = Get-Item -LiteralPath $env:jar -ErrorAction SilentlyContinue; if (-not $jar) { exit 1 };" ^
  "$sources = 'graph','cache-ops','ort','demo-model','optimizer','runtime','verify','cli' | ForEach-Object { $env:root + $_ };" ^
  "$files = @(Get-Item ($env:root + 'pom.xml')) + @($sources | ForEach-Object { Get-Item ($_ + '\pom.xml') }) +" ^
  "  @($sources | ForEach-Object { Get-ChildItem ($_ + '\src\main') -Recurse });" ^
  "if ($files | Where-Object { $_.LastWriteTime -gt $jar.LastWriteTime } | Select-Object -First 1) { exit 1 }"
if not errorlevel 1 goto check

set "maven=mvn"
where mvn >nul 2>nul || set "maven=%root%mvnw.cmd"
rem Maven's own progress: a line for each module.
echo reprise: building 1>&2
call "%maven%" -B -ntp -T 1C -Plauncher %REPRISE_MVN_ARGS% -f "%root%pom.xml" -pl cli -am package 1>&2
if errorlevel 1 (
  echo reprise: the build failed 1>&2
  exit /b 1
)

:check
if not exist "%jar%" (
  echo reprise: %jar% is missing; run without REPRISE_SKIP_BUILD=1 to build it 1>&2
  exit /b 1
)
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java.exe"

if exist "%root%plugins\*.jar" set "REPRISE_PLUGINS=%root%plugins;%REPRISE_PLUGINS%"

rem protobuf-java uses sun.misc.Unsafe, which JDK 24 and later warn about; older ones do not know the option.
set "flags="
"%java%" --sun-misc-unsafe-memory-access=allow -version >nul 2>nul && set "flags=--sun-misc-unsafe-memory-access=allow"
"%java%" %flags% %REPRISE_JAVA_OPTS% -jar "%jar%" %*
exit /b %errorlevel%
