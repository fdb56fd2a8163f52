package org.example.service;

import dev.reprise.demo.DemoModels;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.spring.ImageGenerator;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Draws digits over HTTP. */
@SpringBootApplication(proxyBeanMethods = false)
public class ServiceApplication {
    public static void main(String[] args) {
        SpringApplication application = new SpringApplication(ServiceApplication.class);
        application.addListeners(new DefaultBundle());
        application.run(args);
    }

    @Bean
    ImageGenerator digits() {
        return new DigitsGenerator(Safetensors.read(DemoModels.digits().resolve("captions.safetensors"))
                .tensor("captions"));
    }
}
