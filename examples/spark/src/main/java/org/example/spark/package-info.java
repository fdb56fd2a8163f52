/** Pictures for a table of prompts, as a job of Apache Spark. Start with {@link org.example.spark.GeneratePictures}. */
package org.example.spark;
